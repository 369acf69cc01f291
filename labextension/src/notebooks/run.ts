import type { ISessionContextDialogs } from '@jupyterlab/apputils';
import { Cell, CodeCell } from '@jupyterlab/cells';
import {
  INotebookCellExecutor,
  KernelError,
  NotebookActions,
  NotebookPanel,
  runCell
} from '@jupyterlab/notebook';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { CellRun } from '../protocol';
import { outputText } from './outputs';
import { outputsOf } from './snapshot';

export interface IRunServices {
  /** Null runs cells as JupyterLab does when nothing has replaced its executor. */
  executor: INotebookCellExecutor | null;
  dialogs: ISessionContextDialogs | null;
  translator: ITranslator;
}

/**
 * Runs cells as if the user had, one after another, and stops at the first that does not end well.
 *
 * The notebook's executor is called directly, and not `NotebookActions.runCells`, because the latter also takes the
 * notebook out of edit mode and scrolls it; the signals of `NotebookActions` are emitted all the same.
 */
export class CellRunner {
  constructor(private _services: IRunServices) {
    this._trans = _services.translator.load('jupyter_townie');
  }

  async run(panel: NotebookPanel, ids: readonly string[]): Promise<CellRun[]> {
    const runs: CellRun[] = [];
    let failed = false;
    for (const id of ids) {
      const run: CellRun = failed
        ? this._notRun(id, this._trans.__('not run, because a cell before it did not end well'))
        : await this._runOne(panel, id);
      failed = failed || run.status !== 'ok';
      runs.push(run);
    }
    return runs;
  }

  private async _runOne(panel: NotebookPanel, id: string): Promise<CellRun> {
    const trans = this._trans;
    const obstacle = await this._obstacle(panel);
    if (obstacle) {
      return this._notRun(id, obstacle);
    }
    const cell = panel.content.widgets.find(widget => widget.model.id === id);
    if (!cell) {
      return this._notRun(id, trans.__('there is no such cell any more'));
    }
    if (cell.model.type === 'raw') {
      return this._notRun(id, trans.__('a raw cell does not run'));
    }
    const started = performance.now();
    const watch = new ExecutionWatch(panel, cell);
    let scheduled = false;
    try {
      const ran = await this._execute(panel, cell, () => (scheduled = true));
      const code = cell.model.type === 'code' && cell.model.sharedModel.getSource().trim() !== '';
      if (code && !scheduled && !cell.isDisposed) {
        return this._notRun(id, trans.__('no kernel was chosen'));
      }
      if (!ran || cell.isDisposed) {
        return {
          ...this._outcome(cell, id),
          status: 'aborted',
          message: this._interruption(watch, cell)
        };
      }
      return { ...this._outcome(cell, id), status: 'ok', seconds: watch.seconds(started) };
    } catch (reason) {
      const outcome = this._outcome(cell, id);
      const seconds = watch.seconds(started);
      if (reason instanceof KernelError || (reason as KernelError).errorName !== undefined) {
        const { errorName, errorValue, traceback } = reason as KernelError;
        const error = { ename: errorName, evalue: errorValue ?? '', traceback: traceback ?? [] };
        return { ...outcome, status: 'error', seconds, error: outcome.error ?? error };
      }
      if (outcome.error) {
        return { ...outcome, status: 'error', seconds };
      }
      return { ...outcome, status: 'aborted', message: this._interruption(watch, cell) };
    } finally {
      watch.dispose();
    }
  }

  private _execute(panel: NotebookPanel, cell: Cell, onScheduled: () => void): Promise<boolean> {
    const notebook = panel.content;
    // The getters are typed as read-only signals, but what they return are the signals themselves.
    const executed = NotebookActions.executed as Signal<unknown, object>;
    const executionScheduled = NotebookActions.executionScheduled as Signal<unknown, object>;
    const options: INotebookCellExecutor.IRunCellOptions = {
      cell,
      notebook: notebook.model!,
      notebookConfig: notebook.notebookConfig,
      onCellExecuted: args => executed.emit({ notebook, ...args }),
      onCellExecutionScheduled: args => {
        onScheduled();
        executionScheduled.emit({ notebook, ...args });
      },
      sessionContext: panel.sessionContext,
      sessionDialogs: this._services.dialogs ?? undefined,
      translator: this._services.translator
    };
    return this._services.executor?.runCell(options) ?? runCell(options);
  }

  private async _obstacle(panel: NotebookPanel): Promise<string | null> {
    const trans = this._trans;
    const session = panel.sessionContext;
    await session.ready;
    if (panel.isDisposed) {
      return trans.__('the notebook was closed');
    }
    if (session.isTerminating) {
      return trans.__('the kernel is shutting down');
    }
    if (session.pendingInput) {
      return trans.__('the kernel waits for input in another cell; answer it, then run again');
    }
    if (session.session?.kernel?.status === 'dead') {
      return trans.__('the kernel is dead; restart it from the Kernel menu, then run again');
    }
    return null;
  }

  private _outcome(cell: Cell, id: string): Omit<CellRun, 'status'> {
    if (cell.isDisposed || !(cell instanceof CodeCell)) {
      return { cell_id: id };
    }
    return {
      cell_id: id,
      execution_count: cell.model.executionCount,
      ...outputText(outputsOf(cell.model.outputs))
    };
  }

  private _interruption(watch: ExecutionWatch, cell: Cell): string {
    const trans = this._trans;
    if (cell.isDisposed) {
      return trans.__('the cell was deleted while it ran');
    }
    if (watch.died) {
      return trans.__(
        'the kernel died while this cell ran; restart it from the Kernel menu, then run again'
      );
    }
    if (watch.restarted) {
      return trans.__('the kernel was restarted while this cell ran');
    }
    return trans.__('cancelled before it was finished');
  }

  private _notRun(id: string, message: string): CellRun {
    return { cell_id: id, status: 'not_run', message };
  }

  private _trans: TranslationBundle;
}

/** When the kernel really began with a cell, and whether it went away meanwhile. */
class ExecutionWatch {
  constructor(panel: NotebookPanel, cell: Cell) {
    this._cell = cell;
    panel.sessionContext.iopubMessage.connect(this._onMessage, this);
    panel.sessionContext.statusChanged.connect(this._onStatus, this);
  }

  died = false;
  restarted = false;

  /** Seconds that the kernel took by its own clock, or since `asked` (by `performance.now`) when it did not say. */
  seconds(asked: number): number {
    const ownClock = this._ended - this._began;
    return Math.round(ownClock >= 0 ? ownClock : performance.now() - asked) / 1000;
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _onMessage(_: unknown, message: KernelMessage.IMessage): void {
    const cell = this._cell;
    const { msg_id } = message.parent_header as KernelMessage.IHeader;
    if (
      !(cell instanceof CodeCell) ||
      cell.isDisposed ||
      msg_id !== cell.outputArea.future?.msg.header.msg_id
    ) {
      return;
    }
    const { msg_type, date } = message.header;
    const { execution_state } = message.content as { execution_state?: string };
    if (msg_type === 'execute_input') {
      this._began = Date.parse(date);
    } else if (msg_type === 'status' && execution_state === 'idle') {
      this._ended = Date.parse(date);
    }
  }

  private _onStatus(_: unknown, status: Kernel.Status): void {
    this.died = this.died || status === 'dead' || status === 'autorestarting';
    this.restarted = this.restarted || status === 'restarting';
  }

  private _began = NaN;
  private _ended = NaN;
  private _cell: Cell;
}
