import type { ISessionContext } from '@jupyterlab/apputils';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { CommsOverSubshells, Kernel, KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONObject, UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { CellOperation, newCellId } from './operations';
import type { ILiveDocuments } from './tokens';

/** The comm target under which a kernel finds this page. */
export const TARGET = 'jupyter_townie';
/** What one request may hold at most. */
const MOST_CELLS = 50;
const MOST_CHARACTERS = 1_000_000;

/** Where cells go: below a cell of an open notebook. */
interface IPlace {
  panel: NotebookPanel;
  /** The cell that asked, or the active one; null in a notebook without cells. */
  cellId: string | null;
}

/**
 * Inserts code cells for the kernels of the open notebooks, so that the buttons of `%townie` can.
 *
 * A kernel opens a comm with the id of the cell that asks; every page that can insert below it answers `{ready: page}`,
 * and the kernel sends `{page, insert: [source, ...]}` to one of them, and `{page, undo: true}` to take it back. What
 * comes over a comm was written by whatever runs in the kernel: it becomes text in new cells and nothing else. Nothing
 * is run, no other cell is touched, and the cells are marked as new.
 */
export class KernelInsertion implements IDisposable {
  constructor(
    private _notebooks: INotebookTracker,
    private _documents: Pick<ILiveDocuments, 'handle' | 'describe'>,
    private _trans: TranslationBundle
  ) {
    _notebooks.widgetAdded.connect((_, panel) => this._watch(panel), this);
    _notebooks.forEach(panel => this._watch(panel));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const kernel of this._kernels) {
      this._leave(kernel);
    }
    Signal.clearData(this);
  }

  private _watch(panel: NotebookPanel): void {
    const session: ISessionContext = panel.sessionContext;
    // A kernel that restarts keeps its connection, and with it the target.
    session.kernelChanged.connect((_, { newValue }) => this._serve(newValue), this);
    this._serve(session.session?.kernel ?? null);
  }

  private _serve(kernel: Kernel.IKernelConnection | null): void {
    if (!kernel || this._kernels.has(kernel)) {
      return;
    }
    this._kernels.add(kernel);
    kernel.registerCommTarget(TARGET, this._opened(kernel));
    kernel.disposed.connect(() => this._kernels.delete(kernel), this);
  }

  private _leave(kernel: Kernel.IKernelConnection): void {
    this._kernels.delete(kernel);
    const target = this._targets.get(kernel);
    if (target && !kernel.isDisposed) {
      kernel.removeCommTarget(TARGET, target);
    }
  }

  private _opened(kernel: Kernel.IKernelConnection): Target {
    const target: Target = (comm, message) => {
      const asked = (message.content.data as JSONObject | undefined)?.cell;
      const cellId = typeof asked === 'string' ? asked : null;
      if (!this._place(kernel.id, cellId)) {
        comm.close();
        return;
      }
      let inserted: IInsertion | null = null;
      comm.onMsg = async request => {
        const data = (request.content.data ?? {}) as JSONObject;
        if (data.page !== this._page || this._isDisposed) {
          return;
        }
        if (data.undo === true) {
          const undone = inserted !== null && (await this._apply(inserted.path, inserted.takeBack));
          inserted = undone ? null : inserted;
          comm.send({ undone });
        } else if (inserted === null) {
          const answer = await this._insert(this._place(kernel.id, cellId), data.insert);
          inserted = answer.inserted ?? null;
          comm.send(inserted ? { inserted: inserted.where } : { refused: answer.refused ?? '' });
        }
      };
      void subshell(kernel, comm).then(() => {
        if (!comm.isDisposed && !this._isDisposed) {
          comm.send({ ready: this._page });
        }
      });
    };
    this._targets.set(kernel, target);
    return target;
  }

  /** The notebook in front is asked first, for two may share a kernel. */
  private _place(kernelId: string, cellId: string | null): IPlace | null {
    const panels: NotebookPanel[] = [];
    this._notebooks.forEach(panel => {
      if (panel.sessionContext.session?.kernel?.id === kernelId && panel.content.model) {
        panels.push(panel);
      }
    });
    const current = this._notebooks.currentWidget;
    panels.sort((a, b) => Number(b === current) - Number(a === current));
    const holder = panels.find(panel =>
      panel.content.widgets.some(cell => cellId !== null && cell.model.id === cellId)
    );
    if (holder) {
      return { panel: holder, cellId };
    }
    return panels.length
      ? { panel: panels[0], cellId: panels[0].content.activeCell?.model.id ?? null }
      : null;
  }

  private async _insert(
    place: IPlace | null,
    sources: unknown
  ): Promise<{ inserted?: IInsertion; refused?: string }> {
    if (!place) {
      return { refused: this._trans.__('The notebook is not open any more.') };
    }
    if (!areSources(sources)) {
      return { refused: this._trans.__('This is not a list of cells, or too long.') };
    }
    const path = place.panel.context.localPath;
    const turn = `kernel-${UUID.uuid4()}`;
    let after = place.cellId;
    const operations = sources.map((source): CellOperation => {
      const cell_id = newCellId();
      const operation: CellOperation = {
        op: 'insert',
        cell_id,
        cell_type: 'code',
        source,
        after,
        turn
      };
      after = cell_id;
      return operation;
    });
    const label = place.cellId ? this._documents.describe?.(path, place.cellId) : null;
    const reply = await this._documents.handle({ verb: 'apply', path, operations });
    if (reply.verb === 'refused') {
      return { refused: reply.message };
    }
    if (reply.verb !== 'apply' || !reply.results.every(result => result.ok)) {
      return { refused: this._trans.__('The notebook has changed; try again.') };
    }
    const takeBack = operations.map((operation, index): CellOperation => {
      return { op: 'delete', cell_id: operation.cell_id, before: sources[index] };
    });
    const where = label ? this._trans.__('below %1', label) : this._trans.__('at the end');
    return { inserted: { path, where, takeBack } };
  }

  /** All or none; false when the user has changed what would go. */
  private async _apply(path: string, operations: CellOperation[]): Promise<boolean> {
    const reply = await this._documents.handle({ verb: 'apply', path, operations });
    return reply.verb === 'apply' && reply.results.every(result => result.ok);
  }

  private _page = UUID.uuid4();
  private _kernels = new Set<Kernel.IKernelConnection>();
  private _targets = new WeakMap<Kernel.IKernelConnection, Target>();
  private _isDisposed = false;
}

type Target = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg) => void;

interface IInsertion {
  path: string;
  /** In the user's words: "below cell [3]". */
  where: string;
  takeBack: CellOperation[];
}

/** The kernel's main thread is running the cell that asks; only a subshell hears the answer before that is over. */
async function subshell(kernel: Kernel.IKernelConnection, comm: Kernel.IComm): Promise<void> {
  if (kernel.supportsSubshells && comm.commsOverSubshells !== CommsOverSubshells.Disabled) {
    // The handler has it, its interface does not tell.
    const { subshellStarted } = comm as Kernel.IComm & { subshellStarted?: Promise<void> };
    await subshellStarted?.catch(() => undefined);
  }
}

function areSources(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_CELLS &&
    value.every(source => typeof source === 'string') &&
    value.reduce((sum: number, source: string) => sum + source.length, 0) <= MOST_CHARACTERS
  );
}
