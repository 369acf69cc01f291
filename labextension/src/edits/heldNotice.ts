import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { IThread } from '../threads/tokens';

/** Milliseconds within which a decision is with the server, when there is a connection. */
const SOON = 1000;

/** Says that a decision waits for the connection to come back, and has no second one given meanwhile. */
export class HeldNotice implements IDisposable {
  /** `actions` has the buttons that decide. */
  constructor(
    private _thread: IThread,
    private _actions: HTMLElement,
    private _trans: TranslationBundle
  ) {
    this.node.className = 'jp-TownieReview-notice';
    this.node.dataset.townie = 'review-held';
    this.node.setAttribute('role', 'status');
    this.node.hidden = true;
    _thread.changed.connect((_, { kind }) => {
      if (kind === 'connection' && _thread.connected) {
        this._hold(false);
      }
    }, this);
  }

  readonly node = document.createElement('div');

  get isHeld(): boolean {
    return !this.node.hidden;
  }

  /** A decision was given. A thread that has been idle connects only now. */
  sent(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => this._hold(!this._thread.connected), SOON);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearTimeout(this._timer);
      Signal.clearData(this);
    }
  }

  private _hold(held: boolean): void {
    if (held === this.isHeld) {
      return;
    }
    this.node.hidden = !held;
    this.node.textContent = held
      ? this._trans.__(
          'The server cannot be reached. What you decided is done as soon as it is back.'
        )
      : '';
    this._actions.querySelectorAll('button').forEach(button => (button.disabled = held));
  }

  private _timer = 0;
  private _isDisposed = false;
}
