import { IDisposable } from '@lumino/disposable';

/** Milliseconds in which the Tab key moves the focus. */
const TABBING = 250;
/** A little longer than the time for which a browser takes an act of a person to be one of this moment. */
const ACTS = 5500;
/** CSS pixels: a pointer that enters a frame was seen this near to it before. */
const NEAR = 120;
/** Who has typed this lately has their hands on the keys. */
const TYPING = 1000;
/** How long an app is waited for that does not answer. */
const SILENCE = 400;
/** How often an app may take the keyboard within `WINDOW` milliseconds before it is stopped. */
const MOST = 8;
const WINDOW = 10_000;
/** A page can take the focus of a window that nobody looks at; no event tells of it. */
const LOOK_EVERY = 300;

/**
 * Keeps apps from taking the keyboard: a frame can give itself the focus at any time, and would get what is typed on.
 * Chromium will have a rule against that, WebKit has one, Firefox has none.
 *
 * The focus stays with an app when its person went there: they act in it (its wrapper knows), pressed Tab, or were in it
 * when it was loaded anew. Else it goes back to where it was, without a word. An app that goes on and on is stopped.
 */
export class FocusGuard implements IDisposable {
  constructor(private _view: string) {
    for (const [event, listener, capture] of this._listeners) {
      window.addEventListener(event, listener, capture);
    }
    this._timer = window.setInterval(this._look, LOOK_EVERY);
  }

  get isDisposed(): boolean {
    return this._timer === 0;
  }

  dispose(): void {
    clearInterval(this._timer);
    this._timer = 0;
    for (const [event, listener, capture] of this._listeners) {
      window.removeEventListener(event, listener, capture);
    }
  }

  /** Who has the focus now: an app that may have it, one that may not, or this page. */
  private _look = (): void => {
    const frame = this._frameOf(document.activeElement);
    if (frame === this._granted) {
      return;
    }
    if (this._granted) {
      if (frame && this._granted.isConnected) {
        // From app to app: the one below this one, as when it is loaded anew.
        this._before = this._granted;
      }
      this._left = performance.now();
      this._granted = null;
    }
    if (frame && given.delete(frame)) {
      this._granted = frame;
    } else if (frame && frame !== this._judged) {
      this._judged = frame;
      void this._judge(frame).finally(() => {
        this._judged = null;
        // It may have been taken again meanwhile.
        window.setTimeout(this._look);
      });
    }
  };

  private async _judge(frame: HTMLIFrameElement): Promise<void> {
    if (await this._wentThere(frame)) {
      if (document.activeElement === frame) {
        this._granted = frame;
      }
      return;
    }
    const now = performance.now();
    const taken = [...(this._taken.get(frame) ?? []).filter(at => now - at < WINDOW), now];
    this._taken.set(frame, taken);
    if (document.activeElement === frame) {
      this._giveBack(frame);
    }
    if (taken.length > MOST) {
      this._taken.delete(frame);
      const stop =
        'This app took the keyboard again and again while you were elsewhere, and was stopped.';
      frame.contentWindow?.postMessage({ townie: 1, stop }, window.location.origin);
    }
  }

  private async _wentThere(frame: HTMLIFrameElement): Promise<boolean> {
    const now = performance.now();
    if (now - this._tabbed < TABBING) {
      return true;
    }
    if (!(await touched(frame))) {
      return false;
    }
    if (now - this._left > ACTS) {
      return true;
    }
    // They acted in it, perhaps before they left, or by a key that it has caught: did they go there again?
    const { x, y, at, mouse } = this._pointer;
    if (!mouse) {
      return now - this._typed > TYPING;
    }
    const { left, right, top, bottom } = frame.getBoundingClientRect();
    const away = Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    return at > this._typed && away < NEAR;
  }

  private _giveBack(frame: HTMLIFrameElement): void {
    this._left = performance.now();
    const before = this._before;
    frame.blur();
    if (before instanceof HTMLIFrameElement && before.isConnected) {
      giveFocus(before);
    } else if (before instanceof HTMLElement && before.isConnected && before !== frame) {
      before.focus({ preventScroll: true });
    }
  }

  private _frameOf(element: Element | null): HTMLIFrameElement | null {
    if (element instanceof HTMLIFrameElement) {
      const { pathname } = new URL(element.src || 'about:blank', window.location.href);
      return pathname.startsWith(this._view) ? element : null;
    }
    return null;
  }

  private _onFocus = (event: Event): void => {
    if (event.target instanceof Element && !this._frameOf(event.target)) {
      this._before = event.target;
    }
    this._look();
  };

  /** In Firefox it is not said yet who gets the focus. */
  private _onBlur = (): void => {
    this._look();
    window.setTimeout(this._look);
  };

  private _onTyped = (): void => {
    this._typed = performance.now();
  };

  /** Not in the capturing phase: a Tab that indents a line moves no focus. */
  private _onKey = (event: Event): void => {
    this._tabbed =
      (event as KeyboardEvent).key === 'Tab' && !event.defaultPrevented
        ? performance.now()
        : -Infinity;
  };

  private _onPointer = (event: Event): void => {
    const { clientX: x, clientY: y, pointerType } = event as PointerEvent;
    this._pointer = { x, y, at: performance.now(), mouse: pointerType === 'mouse' };
    if (event.type === 'pointerdown') {
      // Nothing tells that they clicked where nothing takes the focus.
      window.setTimeout(() => {
        if (!this._frameOf(document.activeElement)) {
          this._before = document.activeElement;
        }
      });
    }
  };

  private _listeners: [string, (event: Event) => void, boolean][] = [
    ['blur', this._onBlur, true],
    ['focus', this._look, true],
    ['focusin', this._onFocus, true],
    ['keydown', this._onTyped, true],
    ['keydown', this._onKey, false],
    ['pointermove', this._onPointer, true],
    ['pointerdown', this._onPointer, true]
  ];
  private _before: Element | null = null;
  private _granted: HTMLIFrameElement | null = null;
  private _judged: HTMLIFrameElement | null = null;
  private _left = -Infinity;
  private _tabbed = -Infinity;
  private _typed = -Infinity;
  private _pointer = { x: 0, y: 0, at: -Infinity, mouse: false };
  private _taken = new WeakMap<HTMLIFrameElement, number[]>();
  private _timer = 0;
}

const given = new WeakSet<HTMLIFrameElement>();

/** Give an app the keyboard, because its person is there. */
export function giveFocus(frame: HTMLIFrameElement): void {
  given.add(frame);
  frame.focus({ preventScroll: true });
  window.setTimeout(() => given.delete(frame), SILENCE);
}

/** Whether the person acts in the app at this moment, as its wrapper page knows. */
function touched(frame: HTMLIFrameElement): Promise<boolean> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    const done = (here: boolean) => {
      clearTimeout(timer);
      port1.close();
      resolve(here);
    };
    const timer = window.setTimeout(() => done(false), SILENCE);
    port1.onmessage = ({ data }) => done(data === true);
    frame.contentWindow?.postMessage({ townie: 1, touched: true }, window.location.origin, [port2]);
  });
}
