import type { CodeCell } from '@jupyterlab/cells';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { IDisposable, DisposableDelegate } from '@lumino/disposable';
import { failureOf } from '../failures/failedCell';
import { Binding, RawError } from '../protocol';

/** A failed cell of the notebook in front. */
export interface IFailed {
  readonly binding: Binding;
  readonly error: RawError;
}

/** The active cell when it failed, else the one that failed last; null when there is none. */
export function failedCell(notebooks: INotebookTracker): IFailed | null {
  const panel = notebooks.currentWidget;
  if (!panel?.content.model) {
    return null;
  }
  let found: { cell: CodeCell; error: RawError; count: number } | null = null;
  for (const cell of panel.content.widgets) {
    if (cell.model.type !== 'code') {
      continue;
    }
    const { model } = cell as CodeCell;
    const error = failureOf(model.outputs);
    const count = cell === panel.content.activeCell ? Infinity : (model.executionCount ?? 0);
    if (error && (!found || count >= found.count)) {
      found = { cell: cell as CodeCell, error, count };
    }
  }
  const id = found?.cell.model.id;
  return (
    found && {
      binding: {
        path: panel.context.localPath,
        kind: 'notebook',
        cell_id: id,
        after: id,
        kernel_id: panel.sessionContext.session?.kernel?.id ?? null
      },
      error: found.error
    }
  );
}

/** Call back after every run of a cell, which may have failed or run well. */
export function onCellRun(run: () => void): IDisposable {
  NotebookActions.executed.connect(run);
  return new DisposableDelegate(() => NotebookActions.executed.disconnect(run));
}
