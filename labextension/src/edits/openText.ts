import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { FileWidget } from '../notebooks/binding';

/** Characters from which on a source is not compared again with each key. */
const LONG = 100_000;
/** Milliseconds without a key after which it is. */
const PAUSE = 150;

/** The text of a file as the user has it in an editor. */
export class OpenText implements IDisposable {
  constructor(readonly widget: FileWidget) {
    const { content, context } = widget;
    content.model.sharedModel.changed.connect(this._onChanged, this);
    context.model.stateChanged.connect(() => this._saved.emit(), this);
    widget.disposed.connect(this.dispose, this);
  }

  /** It is another one; of a long one this is told when the user stops typing. */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  /** Emitted when it was saved, or is not what was saved any more. */
  get saved(): ISignal<this, void> {
    return this._saved;
  }

  get source(): string {
    return this.widget.content.model.sharedModel.getSource();
  }

  get isUnsaved(): boolean {
    return !this._isDisposed && this.widget.context.model.dirty;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearTimeout(this._timer);
      if (!this.widget.isDisposed) {
        this.widget.content.model.sharedModel.changed.disconnect(this._onChanged, this);
      }
      this._saved.emit();
      Signal.clearData(this);
    }
  }

  private _onChanged(): void {
    window.clearTimeout(this._timer);
    const tell = () => this._changed.emit(this.source);
    if (this.source.length < LONG) {
      tell();
    } else {
      this._timer = window.setTimeout(tell, PAUSE);
    }
  }

  private _changed = new Signal<this, string>(this);
  private _saved = new Signal<this, void>(this);
  private _timer = 0;
  private _isDisposed = false;
}
