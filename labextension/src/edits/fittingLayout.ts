import type { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { DiffLayout } from './diffView';

/** Width, in px, below which two texts beside each other cannot be read. */
const NARROW = 460;
const SCROLLBAR = 20;

/** The layout of a diff that the user wants, as far as there is room for it. */
export class FittingLayout implements IDisposable {
  constructor(
    private _room: HTMLElement,
    private _wanted: DiffLayout
  ) {
    this._resized = new ResizeObserver(() => this.measure());
    this._resized.observe(_room);
  }

  get wanted(): DiffLayout {
    return this._wanted;
  }
  set wanted(layout: DiffLayout) {
    this._wanted = layout;
  }

  /** One text where there is no room for two. */
  get shown(): DiffLayout {
    return this._narrow ? 'unified' : this._wanted;
  }

  get isNarrow(): boolean {
    return this._narrow;
  }

  /** The room was measured; the argument says whether another layout is to be shown. */
  get measured(): ISignal<this, boolean> {
    return this._measured;
  }

  measure(): void {
    const width = this._room.offsetWidth;
    // Without a width it is not seen.
    if (!width) {
      return;
    }
    const { shown } = this;
    // A scrollbar that comes or goes with the layout must not change it back.
    this._narrow = width < NARROW + (this._narrow ? SCROLLBAR : 0);
    this._measured.emit(shown !== this.shown);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._resized.disconnect();
      Signal.clearData(this);
    }
  }

  private _resized: ResizeObserver;
  private _narrow = false;
  private _isDisposed = false;
  private _measured = new Signal<this, boolean>(this);
}
