import type { ISessionContext } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { CodeConsole, ConsolePanel, IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker, Notebook, NotebookPanel } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** Where a cell is shown. */
export interface ICellHost {
  readonly kind: 'notebook' | 'console';
  readonly widget: NotebookPanel | ConsolePanel;
  readonly session: ISessionContext;
  /** As the contents API names it; it changes with the document's name. */
  readonly path: string;
  /** Whether the document has this path, or had it earlier while it was open. */
  isAt(path: string): boolean;
}

/**
 * Calls `meet` once for every cell widget of every notebook and console, as soon as it is rendered.
 *
 * A cell that is moved, or brought back by an undo, is a new widget with the same id, and is met again. In a notebook
 * that renders only what is in view a cell is met when it first comes into view. What `meet` returns is disposed with the
 * cell.
 */
export class CellWatch implements IDisposable {
  constructor(
    notebooks: INotebookTracker,
    consoles: IConsoleTracker | null,
    private _meet: (cell: Cell, host: ICellHost) => IDisposable | void
  ) {
    notebooks.widgetAdded.connect((_, panel) => this._watchNotebook(panel), this);
    notebooks.forEach(panel => this._watchNotebook(panel));
    consoles?.widgetAdded.connect((_, panel) => this._watchConsole(panel), this);
    consoles?.forEach(panel => this._watchConsole(panel));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _watchNotebook(panel: NotebookPanel): void {
    const names = new Set<string>();
    const host: ICellHost = {
      kind: 'notebook',
      widget: panel,
      session: panel.sessionContext,
      get path() {
        return panel.context.localPath;
      },
      isAt: path => names.add(panel.context.localPath).has(path)
    };
    names.add(host.path);
    panel.context.pathChanged.connect(() => names.add(host.path), this);
    const notebook = panel.content;
    const watchModel = () => {
      // The notebook listens to its model first, so the widgets are there when this is called.
      notebook.model?.cells.changed.connect(() => this._meetAll(notebook, host), this);
      this._meetAll(notebook, host);
    };
    notebook.modelChanged.connect(watchModel, this);
    watchModel();
  }

  private _meetAll(notebook: Notebook, host: ICellHost): void {
    for (const cell of notebook.widgets) {
      this._meetReady(cell, host);
    }
  }

  private _watchConsole(panel: ConsolePanel): void {
    const host: ICellHost = {
      kind: 'console',
      widget: panel,
      session: panel.sessionContext,
      get path() {
        return panel.sessionContext.path;
      },
      isAt: path => path === panel.sessionContext.path
    };
    const console: CodeConsole = panel.console;
    const meetAll = () => {
      for (const cell of console.cells) {
        this._meetReady(cell, host);
      }
    };
    console.cells.changed.connect(meetAll, this);
    meetAll();
  }

  private _meetReady(cell: Cell, host: ICellHost): void {
    if (this._met.has(cell)) {
      return;
    }
    this._met.add(cell);
    void cell.ready.then(() => {
      if (cell.isDisposed || this._isDisposed) {
        return;
      }
      const attached = this._meet(cell, host);
      if (attached) {
        cell.disposed.connect(() => attached.dispose());
      }
    });
  }

  private _met = new WeakSet<Cell>();
  private _isDisposed = false;
}
