import { IDisposable } from '@lumino/disposable';
import { AppCommand, AppFrame } from '../protocol';

export interface IAppConnectionOptions {
  socket(): WebSocket;
  frame(frame: AppFrame): void;
  connected(connected: boolean): void;
  /** The server knows no such app (any more). */
  gone(): void;
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
const HEALTHY_AFTER = 5_000;
/** Reports that wait for the connection; more than that tell nothing new. */
const LONGEST_QUEUE = 50;
/** As for threads: the server closes with it when there is nothing behind the address. */
const GONE = 4410;

/** The WebSocket of one app. After a loss it comes back by itself, and the server sends a snapshot of everything. */
export class AppConnection implements IDisposable {
  constructor(private _options: IAppConnectionOptions) {
    window.addEventListener('online', this._wake);
    document.addEventListener('visibilitychange', this._wake);
  }

  get isDisposed(): boolean {
    return this._disposed;
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
      this._openedAt = Date.now();
      this._open = true;
      this._options.connected(true);
      const queued = this._queue;
      this._queue = [];
      queued.forEach(command => this.send(command));
    };
    socket.onmessage = message =>
      this._options.frame(JSON.parse(message.data as string) as AppFrame);
    socket.onclose = event => this._lost(socket, event?.code);
  }

  send(command: AppCommand): void {
    if (this._open) {
      this._socket?.send(JSON.stringify(command));
    } else if (this._queue.length < LONGEST_QUEUE) {
      this._queue.push(command);
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
    if (socket !== this._socket) {
      return;
    }
    if (this._open && Date.now() - this._openedAt > HEALTHY_AFTER) {
      this._losses = 0;
    }
    this._socket = null;
    this._open = false;
    this._options.connected(false);
    if (code === GONE) {
      this._options.gone();
      return;
    }
    const delay =
      Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this._losses) * (0.75 + Math.random() / 2);
    this._losses += 1;
    this._timer = setTimeout(() => {
      this._timer = undefined;
      this.connect();
    }, delay);
  }

  private _wake = (): void => {
    if (this._timer !== undefined && document.visibilityState === 'visible') {
      this.connect();
    }
  };

  private _disposed = false;
  private _socket: WebSocket | null = null;
  private _open = false;
  private _openedAt = 0;
  private _losses = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _queue: AppCommand[] = [];
}
