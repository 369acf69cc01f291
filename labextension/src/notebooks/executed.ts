import type { ICodeCellModel } from '@jupyterlab/cells';
import { INotebookModel, NotebookActions } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/**
 * The sources that cells had when they were last run in this page.
 *
 * Kept by cell id rather than by cell, because moving a cell makes a new one with the same id.
 */
export class ExecutedSources implements IDisposable {
  constructor() {
    NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
      if (notebook.model && cell.model.type === 'code') {
        this._of(notebook.model).set(cell.model.id, cell.model.sharedModel.getSource());
      }
    }, this);
  }

  /** Whether the cell was edited since it was last run; false when it was not run in this page. */
  editedSince(notebook: INotebookModel, cell: ICodeCellModel): boolean {
    const source = this._of(notebook).get(cell.id);
    return source !== undefined && source !== cell.sharedModel.getSource();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _of(notebook: INotebookModel): Map<string, string> {
    let sources = this._sources.get(notebook);
    if (!sources) {
      this._sources.set(notebook, (sources = new Map()));
    }
    return sources;
  }

  private _sources = new WeakMap<INotebookModel, Map<string, string>>();
  private _isDisposed = false;
}
