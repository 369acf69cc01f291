import { Cell, CodeCell } from '@jupyterlab/cells';
import { INotebookTracker, Notebook, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';
import type { KernelMessage } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { boundedError } from '../notebooks/errors';
import { outputText } from '../notebooks/outputs';
import { outputsOf } from '../notebooks/snapshot';
import { KernelDeath, RawError } from '../protocol';
import { TownieApi } from '../threads/api';
import { cellCountOf, DIED, offersHelp } from './failedCell';
import type { FailedCell } from './failedCellView';

/** Lines of a cell's output that say what it did before its kernel died. */
const LAST_LINES = 30;

/** Asks the server how a kernel died. */
export class DeathApi extends TownieApi {
  of(kernel: string): Promise<KernelDeath> {
    return this._request('GET', `kernels/${encodeURIComponent(kernel)}/death`);
  }
}

/**
 * Errors that never come to the outputs of a cell: of a kernel that dies, and of callbacks that the kernel runs later.
 * Each is brought to the cell whose code it was.
 */
export class KernelReports implements IDisposable {
  constructor(
    notebooks: INotebookTracker,
    private _view: (cell: CodeCell) => FailedCell | undefined,
    private _deaths: DeathApi,
    private _trans: TranslationBundle
  ) {
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      this._running.set(notebook, [...(this._running.get(notebook) ?? []), cell]);
    }, this);
    NotebookActions.executed.connect((_, { notebook, cell }) => {
      const left = (this._running.get(notebook) ?? []).filter(other => other !== cell);
      this._running.set(notebook, left);
    }, this);
    notebooks.widgetAdded.connect((_, panel) => this._watch(panel), this);
    notebooks.forEach(panel => this._watch(panel));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _watch(panel: NotebookPanel): void {
    const session = panel.sessionContext;
    session.statusChanged.connect((_, status) => {
      if (status === 'autorestarting' || status === 'dead') {
        // What is queued behind it has not begun.
        const cell = this._running.get(panel.content)?.[0];
        const kernel = session.session?.kernel?.id;
        if (cell instanceof CodeCell && kernel && !this._reported.has(cell)) {
          this._reported.add(cell);
          void this._died(cell, kernel).finally(() => this._reported.delete(cell));
        }
      }
    }, this);
    session.iopubMessage.connect((_, message) => this._heard(panel, message), this);
  }

  private async _died(cell: CodeCell, kernel: string): Promise<void> {
    const death = await this._deaths.of(kernel).catch(() => null);
    if (cell.isDisposed) {
      return;
    }
    const { output } = outputText(outputsOf(cell.model.outputs));
    const evalue = this._how(death);
    const error: RawError = {
      ename: DIED,
      evalue,
      traceback: output.split('\n').slice(-LAST_LINES)
    };
    this._view(cell)?.report(error, evalue);
  }

  private _how(death: KernelDeath | null): string {
    const trans = this._trans;
    if (death?.signal === 'SIGKILL') {
      return trans.__(
        'The kernel was killed while this cell ran (SIGKILL). That is what a system does that has run out of memory.'
      );
    }
    if (death?.signal) {
      return trans.__('The kernel crashed while this cell ran (%1).', death.signal);
    }
    if (typeof death?.code === 'number') {
      return trans.__(
        'The kernel ended itself while this cell ran (exit code %1).',
        String(death.code)
      );
    }
    return trans.__('The kernel died while this cell ran.');
  }

  /** An error that answers no cell: a widget's callback has failed. */
  private _heard(panel: NotebookPanel, message: KernelMessage.IMessage): void {
    const parent = message.parent_header as { msg_type?: string };
    if (message.header.msg_type !== 'error' || parent.msg_type === 'execute_request') {
      return;
    }
    const error = boundedError(message.content as Partial<RawError>);
    const { ename, evalue } = error;
    const count = cellCountOf(error.traceback ?? []);
    const cell = panel.content.widgets.find(
      widget => widget instanceof CodeCell && widget.model.executionCount === count
    );
    if (count !== null && cell instanceof CodeCell && offersHelp(error)) {
      const said = evalue ? `${ename}: ${evalue.split('\n')[0].slice(0, 200)}` : ename;
      this._view(cell)?.report(error, this._trans.__('A callback of this cell failed: %1', said));
    }
  }

  /** Cells that were scheduled and have not ended, in the order in which they run. */
  private _running = new WeakMap<Notebook, readonly Cell[]>();
  private _reported = new WeakSet<Cell>();
  private _isDisposed = false;
}
