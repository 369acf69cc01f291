import { IDisposable } from '@lumino/disposable';
import { AppCommand, AppFrame } from '../protocol';
import { ReconnectingSocket } from '../server/reconnecting';

export interface IAppConnectionOptions {
  socket(): WebSocket;
  frame(frame: AppFrame): void;
  connected(connected: boolean): void;
  /** The server knows no such app (any more). */
  gone(): void;
  /** The person is not signed in any more. */
  signedOut(): void;
}

/** Reports that wait for the connection; more than that tell nothing new. */
const LONGEST_QUEUE = 50;

/** The WebSocket of one app. After a loss it comes back by itself, and the server sends a snapshot of everything. */
export class AppConnection implements IDisposable {
  constructor(options: IAppConnectionOptions) {
    this._socket = new ReconnectingSocket({
      socket: () => options.socket(),
      opened: () => {
        this._signedOut = false;
        options.connected(true);
        const queued = this._queue;
        this._queue = [];
        queued.forEach(command => this.send(command));
      },
      received: data => options.frame(JSON.parse(data) as AppFrame),
      closed: () => options.connected(false),
      gone: () => options.gone(),
      signedOut: () => {
        // What is refused to the app from now on is no failure of it.
        this._signedOut = true;
        this._queue = [];
        options.signedOut();
      }
    });
  }

  get isDisposed(): boolean {
    return this._socket.isDisposed;
  }

  connect(): void {
    this._socket.connect();
  }

  send(command: AppCommand): void {
    if (this._socket.isOpen) {
      this._socket.write(command);
    } else if (!this._signedOut && this._queue.length < LONGEST_QUEUE) {
      this._queue.push(command);
    }
  }

  dispose(): void {
    this._socket.dispose();
  }

  private _socket: ReconnectingSocket;
  private _queue: AppCommand[] = [];
  private _signedOut = false;
}
