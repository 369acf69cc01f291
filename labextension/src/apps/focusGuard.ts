import { IDisposable } from '@lumino/disposable';

/** Milliseconds after the last key within which nobody has moved their hand to the mouse. */
const HANDS_ON_KEYS = 1000;
/** A little more than the time for which a browser takes an act of the person to be one of this moment. */
const ACTIVE = 5500;
/** How often an app may take the focus within `WINDOW` milliseconds before it is stopped. */
const MOST = 3;
const WINDOW = 10_000;

/**
 * Keeps an app from taking the keyboard. A frame can give itself the focus at any time, and would get what is typed on:
 * code, passwords, shortcuts. No browser has a rule against that yet.
 *
 * The focus stays with the frame when the person went there: with the pointer, with the Tab key, or through a screen
 * reader. Otherwise it goes back to where it was, and an app that takes it again and again is stopped.
 */
export class FocusGuard implements IDisposable {
  constructor(
    private _frame: HTMLIFrameElement,
    private _stop: () => void
  ) {
    window.addEventListener('blur', this._onBlur);
    document.addEventListener('focusin', this._onFocus, true);
    document.addEventListener('keydown', this._onKey, true);
    document.addEventListener('pointermove', this._onPointer, true);
    document.addEventListener('pointerdown', this._onPointer, true);
    this._before = document.activeElement;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.removeEventListener('blur', this._onBlur);
    document.removeEventListener('focusin', this._onFocus, true);
    document.removeEventListener('keydown', this._onKey, true);
    document.removeEventListener('pointermove', this._onPointer, true);
    document.removeEventListener('pointerdown', this._onPointer, true);
  }

  private _onFocus = (event: FocusEvent): void => {
    this._before = event.target instanceof Element ? event.target : null;
  };

  private _onKey = (event: KeyboardEvent): void => {
    this._key = { at: performance.now(), tab: event.key === 'Tab', pointer: false };
  };

  private _onPointer = (event: PointerEvent): void => {
    this._key.pointer = true;
    if (event.type === 'pointerdown') {
      this._pressed = performance.now();
    }
  };

  private _onBlur = (): void => {
    if (document.activeElement !== this._frame || this._wentThere()) {
      return;
    }
    const now = performance.now();
    this._taken = [...this._taken.filter(at => now - at < WINDOW), now];
    const stopped = this._taken.length > MOST;
    const before = this._before;
    // Within the event the browser still moves the focus.
    window.setTimeout(() => {
      if (document.activeElement === this._frame) {
        this._frame.blur();
        if (before instanceof HTMLElement && before !== this._frame && before.isConnected) {
          before.focus({ preventScroll: true });
        }
      }
      if (stopped && !this._isDisposed) {
        this._stop();
      }
    });
  };

  private _wentThere(): boolean {
    const now = performance.now();
    const since = now - this._key.at;
    if (this._key.tab && since < HANDS_ON_KEYS) {
      return true;
    }
    if (this._frame.matches(':hover') && (this._key.pointer || since > HANDS_ON_KEYS)) {
      return true;
    }
    // An act of the person in a frame counts for the pages around it too; what they did in this page is long ago.
    return !!navigator.userActivation?.isActive && since > ACTIVE && now - this._pressed > ACTIVE;
  }

  private _before: Element | null;
  /** The last key, and whether the pointer has moved over this page since. */
  private _key = { at: -Infinity, tab: false, pointer: true };
  private _pressed = -Infinity;
  private _taken: number[] = [];
  private _isDisposed = false;
}
