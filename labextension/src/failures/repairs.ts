import type { CodeCell } from '@jupyterlab/cells';
import { ConsolePanel } from '@jupyterlab/console';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { IReviews } from '../edits/tokens';
import { ICellHost } from '../notebooks/cellWatch';
import { ILiveDocuments } from '../notebooks/tokens';
import { Attachment, RawError } from '../protocol';
import { INotebookPrivacy, Level } from '../settings/notebookPrivacy';
import { asProblem, TownieApi } from '../threads/api';
import { IdleQueue } from '../threads/idle';
import { IThread, ITownie, ITurn } from '../threads/tokens';
import { FailedCell } from './failedCellView';
import { Choice, proposedCode, repairOf } from './repair';

export interface IRepairServices {
  townie: ITownie;
  documents: ILiveDocuments;
  api: TownieApi;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  privacy: INotebookPrivacy;
  /** Not there when reviewing in the cells is disabled. */
  reviews: IReviews | null;
}

export type HelpPurpose = 'fix' | 'explain';

/** A fix or an explanation of one failed cell, and the thread that it belongs to. */
export interface IHelp {
  readonly thread: IThread;
  readonly turn: ITurn;
}

/** The failed cells of this page, the help that was asked for them, and what the user decides. */
export class Repairs implements IDisposable {
  constructor(readonly services: IRepairServices) {
    services.townie.changed.connect((_, { thread, change }) => {
      const turn = change.turn ? thread.turn(change.turn) : undefined;
      if (change.kind === 'connection') {
        this._updateAll();
      } else if (turn && isHelp(turn)) {
        this._remember(thread, turn);
        this._update(turn);
      } else if (change.kind === 'turn' && !turn) {
        this._updateAll();
      } else if (change.kind === 'gone') {
        this._forget(thread);
      }
    }, this);
    for (const thread of services.townie.threads) {
      thread.turns.forEach(turn => this._remember(thread, turn));
    }
  }

  meet(cell: CodeCell, host: ICellHost): FailedCell {
    const view = new FailedCell(cell, host, this);
    this._views.add(view);
    view.disposed.connect(() => this._views.delete(view));
    return view;
  }

  /** A failure is shown: load what a repair needs, once, while nothing else is to be done. */
  prepare(): void {
    if (this._isPrepared) {
      return;
    }
    this._isPrepared = true;
    const { api, reviews } = this.services;
    this._idle.add({
      wanted: () => !this._isDisposed,
      run: () => void Promise.allSettled([api.ready(), reviews?.prefetch()])
    });
  }

  /** The latest help for a cell that was not dismissed; turns that had ended before this page saw them do not count. */
  helpFor(cell: string, host: ICellHost): IHelp | null {
    const all = this._lively.get(cell);
    let found: IHelp | null = null;
    for (const help of all?.values() ?? []) {
      const { started, replacedBy } = help.turn;
      if (
        !replacedBy &&
        host.isAt(started.binding.path ?? '') &&
        (!found || started.time >= found.turn.started.time)
      ) {
        found = help;
      }
    }
    return found && !this._dismissed.has(found.turn.id) ? found : null;
  }

  /** Ask for help with an error; resolves when the server has taken it, and tells the user when it has not. */
  async ask(
    purpose: HelpPurpose,
    cell: CodeCell,
    host: ICellHost,
    error: RawError,
    hint = ''
  ): Promise<void> {
    const { townie, api } = this.services;
    const id = cell.model.id;
    const binding = {
      path: host.path,
      kind: host.kind,
      cell_id: id,
      after: id,
      kernel_id: host.session.session?.kernel?.id ?? null
    };
    const key = `${host.path}\n${id}`;
    if (this._asking.has(key)) {
      return;
    }
    this._asking.add(key);
    try {
      // A thread does one thing at a time; an error should not have to wait for what the chat is doing.
      const busy = townie.current?.running != null;
      const thread = busy ? (await api.create({ path: host.path })).id : undefined;
      const attachments = host.kind === 'console' ? [this._ran(cell, host)] : [];
      await townie.submit({
        purpose,
        text: hint,
        binding,
        error,
        attachments,
        reveal: false,
        thread
      });
    } catch (reason) {
      const problem =
        typeof reason === 'object' && reason && 'code' in reason && 'message' in reason
          ? (reason as ReturnType<typeof asProblem>)
          : asProblem(reason);
      townie.notify(problem, 'error');
    } finally {
      this._asking.delete(key);
    }
  }

  /** What has run in a console goes along: no file has it. */
  private _ran(cell: CodeCell, host: ICellHost): Attachment {
    const { id, executionCount, sharedModel } = cell.model;
    return {
      kind: 'selection',
      ref: id,
      label: this.services.trans.__('cell [%1]', executionCount ?? ' '),
      path: host.path,
      text: sharedModel.getSource()
    };
  }

  /** Carry out what the user chose on a card. */
  choose(help: IHelp, choice: Choice, hint: string, view: FailedCell): void {
    const { thread, turn } = help;
    const { townie, reviews, documents } = this.services;
    const repair = repairOf(turn, this.services.trans);
    const cell = turn.started.binding.cell_id ?? '';
    switch (choice) {
      case 'stop':
        thread.stop(turn.id);
        break;
      case 'accept':
      case 'accept_and_run':
        if (repair.action && reviews) {
          reviews.accept(thread, repair.action, choice === 'accept_and_run');
        } else if (repair.action) {
          thread.decide(repair.action, choice);
        }
        break;
      case 'reject':
        if (repair.action) {
          thread.decide(repair.action, 'reject');
        }
        break;
      case 'differently':
        if (repair.action) {
          thread.decide(repair.action, 'reject', undefined, hint);
        } else {
          view.ask('fix', hint);
        }
        break;
      case 'continue':
        thread.continue(turn.id);
        break;
      case 'see_code':
      case 'see_types':
      case 'see_values':
      case 'see_outputs':
        this.services.privacy.choose(view.host.path, choice.slice(4) as Level).then(
          () => thread.continue(turn.id),
          (error: unknown) => townie.notify(asProblem(error), 'error')
        );
        break;
      case 'run':
        thread.run(turn.id, [cell]);
        break;
      case 'retry':
        this._dismissed.add(turn.id);
        view.ask(turn.started.purpose === 'explain' ? 'explain' : 'fix');
        break;
      case 'undo':
        thread.undo(turn.id);
        break;
      case 'insert':
        if (view.host.widget instanceof ConsolePanel) {
          view.host.widget.console.promptCell?.model.sharedModel.setSource(proposedCode(turn));
          view.host.widget.console.activate();
        }
        break;
      case 'show':
        if (!repair.action || !reviews?.focus(repair.action)) {
          void documents.reveal(view.host.path, repair.elsewhere);
        }
        break;
      case 'chat':
        void townie.show(thread.id, turn.id);
        break;
      case 'dismiss':
        this.dismiss(turn);
        break;
    }
  }

  dismiss(turn: ITurn): void {
    this._dismissed.add(turn.id);
    this._update(turn);
  }

  /** The view of a cell in a document, if it was rendered. */
  view(cell: CodeCell): FailedCell | undefined {
    for (const view of this._views) {
      if (view.cell === cell) {
        return view;
      }
    }
    return undefined;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._views.forEach(view => view.dispose());
    Signal.clearData(this);
  }

  private _remember(thread: IThread, turn: ITurn): void {
    if (!isHelp(turn) || (turn.ended && !repairOf(turn, this.services.trans).open)) {
      return;
    }
    const cell = turn.started.binding.cell_id ?? '';
    let all = this._lively.get(cell);
    if (!all) {
      this._lively.set(cell, (all = new Map()));
    }
    all.set(turn.id, { thread, turn });
  }

  private _forget(thread: IThread): void {
    for (const all of this._lively.values()) {
      for (const [id, help] of all) {
        if (help.thread === thread) {
          all.delete(id);
        }
      }
    }
    this._views.forEach(view => view.update());
  }

  private _update(turn: ITurn): void {
    for (const view of this._views) {
      if (view.cell.model?.id === turn.started.binding.cell_id) {
        view.update();
      }
    }
  }

  private _updateAll(): void {
    for (const thread of this.services.townie.threads) {
      thread.turns.forEach(turn => this._remember(thread, turn));
    }
    this._views.forEach(view => view.update());
  }

  private _views = new Set<FailedCell>();
  /** By cell id, then by turn id. */
  private _lively = new Map<string, Map<string, IHelp>>();
  private _dismissed = new Set<string>();
  private _asking = new Set<string>();
  private _idle = new IdleQueue();
  private _isPrepared = false;
  private _isDisposed = false;
}

function isHelp(turn: ITurn): boolean {
  return turn.started.purpose === 'fix' || turn.started.purpose === 'explain';
}
