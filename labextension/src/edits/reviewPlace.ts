import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { ICellHost } from '../notebooks/cellWatch';
import type { Review } from './review';

/** A cell of an open notebook, in which a review can be shown. */
export class ReviewPlace implements IDisposable {
  constructor(
    readonly cell: Cell,
    private _panel: NotebookPanel,
    readonly host: ICellHost,
    private _review: () => Review | undefined
  ) {
    _panel.content.stateChanged.connect(this._onMode, this);
    _panel.context.pathChanged.connect(this._onPath, this);
  }

  /** The notebook has another name. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._panel.content?.stateChanged.disconnect(this._onMode, this);
      this._panel.context.pathChanged.disconnect(this._onPath, this);
      Signal.clearData(this);
    }
  }

  /** Enter in a cell whose editor is covered means that the user wants to type. */
  private _onMode(): void {
    const review = this._review();
    const { mode, activeCell } = this._panel.content;
    if (
      review &&
      mode === 'edit' &&
      activeCell === this.cell &&
      !review.isSourceShown &&
      !review.node.contains(document.activeElement)
    ) {
      review.showSource(true);
      this.cell.editor?.focus();
    }
  }

  private _onPath(): void {
    this._moved.emit();
  }

  private _moved = new Signal<this, void>(this);
  private _isDisposed = false;
}
