import { IDisposable } from '@lumino/disposable';
import { h } from '../threads/dom';
import { giveFocus } from './focusGuard';
import { Frame } from './frame';
import { AppMessage, Fault, Place } from './messages';

/** Milliseconds: the longest wait for the first paint of a page before it is shown as it is. */
const LONGEST_LOAD = 3000;
/** How long after its first word a page that never says that it has painted is taken to have. */
const PAINTED_AFTER = 400;
const BEAT = 2000;
/** How long the browser is given to end the process of a page that hangs. */
const AFTER_HANG = 500;
/** A page that does not answer for this long hangs. */
const HANGS_AFTER = 3000;

/** A page of which nothing has come for this long is told of: nobody should look at an empty frame and wonder. */
const SILENT_FOR = 15_000;

/** Bytes from which on memory is the likely cause when a page hangs: browsers end one at about four times as much. */
const MUCH_MEMORY = 1e9;

/** How long a page is waited for that draws itself. */
const LONGEST_LOOK = 9000;

/** What a page says of how it looks: data of generated code. */
export interface ILook {
  /** The accessibility tree as indented text. */
  tree: string;
  /** A data URL, or empty. */
  image: string;
  /** Why there is no picture. */
  problem: string;
}

export interface IStageOptions {
  /** Accessible name of the frames. */
  title: string;
  hear(message: AppMessage, document: string): void;
  fault(fault: Fault, document: string): void;
  /** The page in sight sent this text back, or another one. */
  answered(text: string): void;
  /** Another document is in sight. */
  swapped(): void;
  /** The page was taken away because of what it did. */
  stopped(why: 'looped' | 'left'): void;
  /** The page in sight does not answer any more, or does so again (null). */
  hangs(why: 'hung' | 'memory' | null): void;
  /** The page in sight has to be loaded by another address. */
  expired(): void;
  /** The page is not shown, and why. */
  refused(message: string): void;
}

/**
 * Where an app is shown: the frame in sight, and at most one that loads below it and takes its place as soon as it has
 * painted. Nothing flashes, and what was on screen stays until something better is there.
 */
export class Stage implements IDisposable {
  constructor(private _options: IStageOptions) {
    this.node = h('div', { class: 'jp-TownieApp-stage', townie: 'app-stage' });
  }

  readonly node: HTMLElement;

  get isEmpty(): boolean {
    return this._shown === null && this._next === null;
  }

  /** The document in sight; empty before there is one. */
  get document(): string {
    return this._shown?.document ?? '';
  }

  /** Where the page in sight was at last, as far as it has said so. */
  get place(): Place {
    return this._shown?.place ?? {};
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask the page in sight for a sign of life. */
  ask(text: string): void {
    this._shown?.post({ kind: 'ping', id: text });
  }

  /**
   * Load the page beside the one in sight and swap; with `keep`, what was typed into it and where it was scrolled to
   * goes along.
   */
  load(view: string, keep = false): void {
    this._keep = keep;
    if (this._hung) {
      this._restart(view);
      return;
    }
    this._next?.dispose();
    clearTimeout(this._timer);
    const frame = this._frame(view);
    this._next = frame;
    this.node.prepend(frame.node);
    this._timer = window.setTimeout(() => {
      if (this._shown && !frame.isConnected) {
        // Not a word: most likely it waits behind the page in sight, which hangs.
        this._restart(view);
      } else {
        this._swap(frame);
      }
    }, LONGEST_LOAD);
    if (!this._shown) {
      this._swap(frame);
    }
  }

  /** Load the page in the frame in sight, so that it is seen from its first byte on. */
  navigate(view: string): void {
    this._dropNext();
    if (this._hung) {
      this._restart(view);
    } else if (this._shown) {
      this._shown.navigate(view);
    } else {
      this.load(view);
    }
  }

  /** Nothing can be done in the page in sight, until another one takes its place. */
  wait(): void {
    if (this._shown) {
      this._typedInto = document.activeElement === this._shown.node;
      this._setWaiting(true);
    }
  }

  clear(): void {
    this._dropNext();
    this._shown?.dispose();
    this._shown = null;
    this._setWaiting(false);
    this._stopBeating();
  }

  /** Whether somebody can see it: only then is it asked for signs of life. */
  setVisible(visible: boolean): void {
    this._visible = visible;
    if (visible) {
      this._beat();
    } else {
      this._stopBeating();
    }
  }

  setTheme(theme: 'light' | 'dark'): void {
    this._theme = theme;
    this._shown?.post({ kind: 'theme', theme: this._theme });
    this._next?.post({ kind: 'theme', theme: this._theme });
  }

  /** What the page in sight shows, or null when it does not say it in time. */
  look(picture: boolean): Promise<ILook | null> {
    const id = `look ${++this._beats}`;
    return new Promise(resolve => {
      const done = (look: ILook | null) => {
        clearTimeout(timer);
        this._looks.delete(id);
        resolve(look);
      };
      const timer = setTimeout(() => done(null), LONGEST_LOOK);
      this._looks.set(id, done);
      this._shown?.post({ kind: 'look', id, picture });
    });
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.clear();
    }
  }

  private _frame(view: string): Frame {
    return new Frame({
      view,
      title: this._options.title,
      began: frame => {
        frame.post({ kind: 'theme', theme: this._theme });
        if (frame === this._next) {
          if (this._keep) {
            this._shown?.post({ kind: 'keep', id: String(++this._beats) });
          }
          window.setTimeout(() => this._swap(frame), PAINTED_AFTER);
        }
        if (frame === this._shown) {
          this._beat();
        }
      },
      heard: (frame, message) => {
        if (message.kind === 'ready' && frame === this._next) {
          this._swap(frame);
        }
        if (frame === this._shown && this._hung && this._hung === frame.document) {
          this._hung = '';
          this._options.hangs(null);
        }
        if (message.kind === 'pong' && frame === this._shown) {
          this._options.answered(message.id);
        }
        if (message.kind === 'kept') {
          if (this._keep && frame === this._shown) {
            this._keep = false;
            this._next?.post({ kind: 'restore', state: message.state });
          }
          return;
        }
        if (message.kind === 'look') {
          this._looks.get(message.id)?.(message);
          return;
        }
        // What a page complains of while it loads unseen counts as well: it is about to be shown.
        this._options.hear(message, frame.document);
      },
      looped: frame => {
        const message = 'The page loaded itself again and again, and was stopped.';
        this._options.fault({ kind: 'loop', message, ...frame.place }, frame.document);
        this._end(frame);
        this._options.stopped('looped');
      },
      left: (frame, url) => {
        const message =
          `The page wanted to leave for ${url}, which is no part of the app, and was stopped. A link to another ` +
          'site is opened in a tab of the browser by a click on it; within the app its pages have relative addresses.';
        const fault: Fault = { kind: 'csp', name: 'LeftTheApp', message, ...frame.place };
        this._options.fault(fault, frame.document);
        this._end(frame);
        this._options.stopped('left');
      },
      stopped: frame => {
        const message =
          'The page gave itself the focus again and again while its visitor was elsewhere, and was stopped: ' +
          'call focus() only when they have done something in the page.';
        this._options.fault({ kind: 'error', name: 'FocusTaken', message }, frame.document);
        if (frame === this._next) {
          // Its wrapper says so in its place.
          this._swap(frame);
        }
      },
      expired: frame => {
        if (frame === this._shown) {
          this._options.expired();
        }
      },
      refused: (frame, message) => {
        this._end(frame);
        this._options.refused(message);
      }
    });
  }

  /** Frames of one app share a process, and wait for one of them that hangs: it ends when they are all gone. */
  private _restart(view: string): void {
    this.clear();
    this._hung = '';
    this._timer = window.setTimeout(() => this.load(view), AFTER_HANG);
  }

  private _swap(frame: Frame): void {
    if (frame !== this._next) {
      return;
    }
    clearTimeout(this._timer);
    this._next = null;
    const before = this._shown;
    const focused = before !== null && (document.activeElement === before.node || this._typedInto);
    this._setWaiting(false);
    this._shown = frame;
    this._hung = '';
    before?.dispose();
    if (focused) {
      // Whoever typed into the page before goes on in the new one.
      giveFocus(frame.node);
    }
    this._options.swapped();
    this._beat();
  }

  private _setWaiting(waiting: boolean): void {
    this.node.inert = waiting;
    this.node.classList.toggle('jp-mod-waiting', waiting);
    this._typedInto = waiting && this._typedInto;
  }

  private _end(frame: Frame): void {
    if (frame === this._next) {
      this._dropNext();
    } else {
      this.clear();
    }
  }

  private _dropNext(): void {
    clearTimeout(this._timer);
    this._next?.dispose();
    this._next = null;
  }

  private _beat(): void {
    this._stopBeating();
    if (!this._visible || !this._shown) {
      return;
    }
    const asked = performance.now();
    const frame = this._shown;
    if (frame !== this._awaited) {
      this._awaited = frame;
      this._awaitedSince = asked;
    }
    if (!frame.isConnected && asked - this._awaitedSince > SILENT_FOR) {
      this._awaitedSince = Infinity;
      this._hung = 'silent';
      const message =
        `Nothing of the page has come for ${SILENT_FOR / 1000} seconds. Its backend may not answer, or another app that hangs ` +
        'holds up this browser: close that one, and load this page again.';
      this._options.fault({ kind: 'hang', message }, '');
    }
    const listening = frame.isConnected && document.visibilityState === 'visible';
    if (listening) {
      frame.post({ kind: 'ping', id: String(++this._beats) });
    }
    this._beatTimer = window.setTimeout(() => {
      const late = performance.now() - asked - HANGS_AFTER;
      // When this page itself was held up, the answer may be waiting behind this very call.
      const silent = frame.lastAnswer < asked && late < 500;
      if (listening && silent && frame === this._shown && this._hung !== frame.document) {
        this._hung = frame.document;
        const much = frame.memory >= MUCH_MEMORY;
        const held = `its scripts held ${(frame.memory / 1e9).toFixed(1)} GB of memory when it answered last`;
        const message = much
          ? `The page does not react any more: ${held}. Most likely it took too much, and the browser has ended it.`
          : 'The page does not react any more: a loop in its script may never end, or it took so much memory that the ' +
            'browser has ended it.';
        const name = much ? 'TooMuchMemory' : '';
        this._options.fault({ kind: 'hang', name, message, ...frame.place }, frame.document);
        this._options.hangs(much ? 'memory' : 'hung');
      }
      this._beatTimer = window.setTimeout(() => this._beat(), BEAT);
    }, HANGS_AFTER);
  }

  private _stopBeating(): void {
    clearTimeout(this._beatTimer);
  }

  private _shown: Frame | null = null;
  private _next: Frame | null = null;
  private _keep = false;
  private _visible = false;
  private _theme: 'light' | 'dark' = 'light';
  /** It had the keyboard before it had to wait. */
  private _typedInto = false;
  private _hung = '';
  /** The frame that is waited for, and since when in milliseconds. */
  private _awaited: Frame | null = null;
  private _awaitedSince = 0;
  private _looks = new Map<string, (look: ILook) => void>();
  private _beats = 0;
  private _timer = 0;
  private _beatTimer = 0;
  private _isDisposed = false;
}
