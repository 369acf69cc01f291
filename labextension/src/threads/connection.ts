import { IDisposable } from '@lumino/disposable';
import {
  Command,
  Event,
  PageReply,
  PageVerb,
  PreviewFrame,
  Problem,
  ServerFrame,
  Submit
} from '../protocol';

/** What a connection needs of the page and what it tells; all of it is called on the main thread. */
export interface IConnectionOptions {
  /** The socket for everything after event `after`. */
  socket(after: number): WebSocket;
  /** The last event that is known. */
  after(): number;
  /** Paths of the open notebooks. */
  documents(): readonly string[];
  /** Carry out a request of the server. */
  handle(body: PageVerb): Promise<PageReply>;
  event(event: Event): void;
  replayed(seq: number, running: string | null): void;
  preview(frame: PreviewFrame): void;
  refused(problem: Problem, turn: string | null): void;
  connected(connected: boolean): void;
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
/** From here on a socket counts as healthy, and the next loss starts again with the shortest delay. */
const HEALTHY_AFTER = 5_000;

/** The server closes with this code when the thread was deleted, or has gone to another server: nothing is gained by asking again. */
const GONE = 4410;

/**
 * One thread's WebSocket. It comes back by itself after a loss, asks for what it missed, and keeps commands that were
 * given meanwhile. A submit is sent again until the server has taken it; its turn id makes that harmless.
 */
export class ThreadConnection implements IDisposable {
  constructor(private _options: IConnectionOptions) {
    window.addEventListener('online', this._wake);
    document.addEventListener('visibilitychange', this._wake);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  get isOpen(): boolean {
    return this._open;
  }

  connect(): void {
    if (this._disposed || this._socket) {
      return;
    }
    clearTimeout(this._timer);
    this._timer = undefined;
    const socket = this._options.socket(this._options.after());
    this._socket = socket;
    socket.onopen = () => {
      this._open = true;
      this._openedAt = Date.now();
      this._options.connected(true);
      this.sendDocuments();
      const queued = this._queue;
      this._queue = [];
      for (const submit of this._submits.values()) {
        this._write(submit);
      }
      for (const command of queued) {
        this._write(command);
      }
    };
    socket.onmessage = message => this._receive(message.data as string);
    socket.onclose = (event?: CloseEvent) => this._lost(socket, event?.code);
  }

  send(command: Command): void {
    if (command.command === 'submit') {
      this._submits.set(command.turn, command);
    }
    if (this._open) {
      this._write(command);
      return;
    }
    if (command.command !== 'submit') {
      this._queue.push(command);
    }
    if (command.command !== 'submit' || this._timer === undefined) {
      this.connect();
    }
  }

  /** Tell the server which notebooks are open here; without a connection it is told on the next opening. */
  sendDocuments(): void {
    if (this._open) {
      this._write({ command: 'documents', open: [...this._options.documents()] });
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

  private _write(command: Command): void {
    this._socket?.send(JSON.stringify(command));
  }

  private _receive(data: string): void {
    const frame = JSON.parse(data) as ServerFrame;
    switch (frame.frame) {
      case 'event':
        if (frame.event.type === 'turn_started' && frame.event.turn) {
          this._submits.delete(frame.event.turn);
        }
        this._options.event(frame.event);
        break;
      case 'replayed':
        this._options.replayed(frame.seq, frame.running ?? null);
        break;
      case 'preview':
        this._options.preview(frame);
        break;
      case 'request':
        void this._answer(frame.request, frame.body);
        break;
      case 'error':
        if (frame.turn) {
          this._submits.delete(frame.turn);
        }
        this._options.refused(frame.problem, frame.turn ?? null);
        break;
    }
  }

  private async _answer(request: string, body: PageVerb): Promise<void> {
    let reply: PageReply;
    try {
      reply = await this._options.handle(body);
    } catch (error) {
      reply = { verb: 'refused', reason: 'error', message: String(error) };
    }
    if (!this._disposed) {
      this.send({ command: 'reply', request, reply });
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
    this._options.connected(false);
    if (code === GONE) {
      // Told by an error frame already; only what the user does next is a reason to look again.
      return;
    }
    // Jitter keeps many tabs from coming back in the same instant after a server restart.
    const delay =
      Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** this._losses) * (0.75 + Math.random() / 2);
    this._losses += 1;
    this._timer = setTimeout(() => this.connect(), delay);
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
  private _queue: Command[] = [];
  private _submits = new Map<string, Submit & { command?: 'submit' }>();
}
