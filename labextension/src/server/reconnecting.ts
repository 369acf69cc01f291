import { IDisposable } from '@lumino/disposable';

export interface IReconnectingOptions {
  socket(): WebSocket;
  opened(): void;
  received(data: string): void;
  closed(): void;
  /** There is nothing behind the address any more. */
  gone(): void;
  /** The person is not signed in any more; it is tried again all the same, because they may sign in elsewhere. */
  signedOut?(): void;
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
/** From here on a socket counts as healthy, and the next loss starts again with the shortest delay. */
const HEALTHY_AFTER = 5_000;

/** The server closes with this code when what the socket is about was deleted, */
const GONE = 4410;
/** with this one when another server works on it: only what the person does next is a reason to look again, */
const ELSEWHERE = 4409;
/** and with this one when the person has signed out. */
const SIGNED_OUT = 4401;

/** A WebSocket that comes back by itself after a loss, at once when the page is looked at again. */
export class ReconnectingSocket implements IDisposable {
  constructor(private _options: IReconnectingOptions) {
    window.addEventListener('online', this._wake);
    document.addEventListener('visibilitychange', this._wake);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  get isOpen(): boolean {
    return this._open;
  }

  /** Whether the next attempt is planned already. */
  get isWaiting(): boolean {
    return this._timer !== undefined;
  }

  connect(): void {
    if (this._disposed || this._socket) {
      return;
    }
    clearTimeout(this._timer);
    this._timer = undefined;
    const socket = this._options.socket();
    this._socket = socket;
    socket.onopen = () => {
      this._open = true;
      this._openedAt = Date.now();
      this._options.opened();
    };
    socket.onmessage = message => this._options.received(message.data as string);
    socket.onclose = (event?: CloseEvent) => this._lost(socket, event?.code);
  }

  /** Without effect while the socket is not open. */
  write(command: unknown): void {
    if (this._open) {
      this._socket?.send(JSON.stringify(command));
    }
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    clearTimeout(this._timer);
    window.removeEventListener('online', this._wake);
    document.removeEventListener('visibilitychange', this._wake);
    const socket = this._socket;
    this._socket = null;
    this._open = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private _lost(socket: WebSocket, code?: number): void {
    if (this._socket !== socket) {
      return;
    }
    if (this._open && Date.now() - this._openedAt > HEALTHY_AFTER) {
      this._losses = 0;
    }
    this._socket = null;
    this._open = false;
    this._options.closed();
    if (code === GONE) {
      this._options.gone();
      return;
    }
    if (code === ELSEWHERE) {
      return;
    }
    if (code === SIGNED_OUT) {
      this._options.signedOut?.();
    }
    // Jitter keeps many tabs from coming back in the same instant after a server restart.
    const delay =
      Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this._losses) * (0.75 + Math.random() / 2);
    this._losses += 1;
    this._timer = setTimeout(() => this.connect(), delay);
  }

  private _wake = (): void => {
    if (this.isWaiting && document.visibilityState === 'visible') {
      this.connect();
    }
  };

  private _disposed = false;
  private _socket: WebSocket | null = null;
  private _open = false;
  private _openedAt = 0;
  private _losses = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
