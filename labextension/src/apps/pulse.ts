import { UUID } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { AppPulse } from '../protocol';
import { Place } from './messages';

/** Milliseconds; the server takes as long between two of its pings. */
const EVERY = 2000;
/** Names this JupyterLab among those that the server hears of. */
const SESSION = UUID.uuid4();

export interface IPulseOptions {
  send(pulse: Omit<AppPulse, 'command'>): void;
  isLoaded(): boolean;
  /** Where the page was at last, as far as it has said so. */
  place(): Place;
  /** Ask the page for a sign of life: it sends the text back. */
  ask(text: string): void;
}

/**
 * Tells the server that this page is there, as long as a page of an app is loaded in it: in Firefox and WebKit a loop in
 * that stops this one, too, and then nobody here could tell.
 */
export class Pulse implements IDisposable {
  constructor(private _options: IPulseOptions) {
    document.addEventListener('visibilitychange', this._beat);
    window.addEventListener('beforeunload', this._rest);
    window.addEventListener('pagehide', this._rest);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** A page may have been loaded, or taken away: the server has to know before it can stop this one. */
  update(): void {
    if (this._options.isLoaded() !== this._loaded) {
      this._beat();
    }
  }

  /** What the page sent back. A text that it was not asked for, or has been asked for ahead, tells nothing. */
  answered(text: string): void {
    this._answered ||= text === this._asked;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._rest();
    document.removeEventListener('visibilitychange', this._beat);
    window.removeEventListener('beforeunload', this._rest);
    window.removeEventListener('pagehide', this._rest);
  }

  private _beat = (): void => {
    clearTimeout(this._timer);
    const loaded = this._options.isLoaded() && document.visibilityState === 'visible';
    if (loaded || this._loaded) {
      this._tell(loaded);
    }
    if (loaded) {
      this._asked = UUID.uuid4();
      this._options.ask(this._asked);
      this._timer = window.setTimeout(this._beat, EVERY);
    }
  };

  /** While the browser asks whether to leave, nothing runs here; and who leaves says so, unlike one that is ended. */
  private _rest = (): void => {
    if (this._loaded) {
      this._tell(false);
    }
  };

  private _tell(loaded: boolean): void {
    const now = performance.now();
    // What has waited here to be read, while this page was stopped, may be from before.
    const answered = this._answered && now - this._told < 2 * EVERY;
    const { url = '', line = null } = this._options.place();
    this._options.send({ session: SESSION, loaded, answered, url, line });
    this._told = now;
    this._loaded = loaded;
    this._answered = false;
  }

  private _loaded = false;
  private _asked = '';
  private _answered = false;
  private _told = -Infinity;
  private _timer = 0;
  private _isDisposed = false;
}
