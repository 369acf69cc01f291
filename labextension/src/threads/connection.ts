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
import { ReconnectingSocket } from '../server/reconnecting';

/** What a connection needs of the page and what it tells; all of it is called on the main thread. */
export interface IConnectionOptions {
  /** The socket for everything after event `after`. */
  socket(after: number): WebSocket;
  /** The last event that is known. */
  after(): number;
  /** Paths of the open notebooks. */
  documents(): readonly string[];
  /** Paths of notebooks that were closed without saving what was changed in them. */
  unsaved(): readonly string[];
  /** Carry out a request of the server. */
  handle(body: PageVerb): Promise<PageReply>;
  event(event: Event): void;
  replayed(seq: number, running: string | null): void;
  preview(frame: PreviewFrame): void;
  refused(problem: Problem, turn: string | null): void;
  connected(connected: boolean): void;
  /** The thread was deleted. */
  gone(): void;
}

/**
 * One thread's WebSocket. It comes back by itself after a loss, asks for what it missed, and keeps commands that were
 * given meanwhile. A submit is sent again until the server has taken it; its turn id makes that harmless.
 */
export class ThreadConnection implements IDisposable {
  constructor(private _options: IConnectionOptions) {
    this._socket = new ReconnectingSocket({
      socket: () => _options.socket(_options.after()),
      opened: () => this._opened(),
      received: data => this._receive(data),
      closed: () => _options.connected(false),
      gone: () => _options.gone()
    });
  }

  get isDisposed(): boolean {
    return this._socket.isDisposed;
  }

  get isOpen(): boolean {
    return this._socket.isOpen;
  }

  connect(): void {
    this._socket.connect();
  }

  send(command: Command): void {
    if (command.command === 'submit') {
      this._submits.set(command.turn, command);
    }
    if (this._socket.isOpen) {
      this._socket.write(command);
      return;
    }
    if (command.command !== 'submit') {
      this._queue.push(command);
    }
    if (command.command !== 'submit' || !this._socket.isWaiting) {
      this.connect();
    }
  }

  /** Tell the server which notebooks are open here; without a connection it is told on the next opening. */
  sendDocuments(): void {
    this._socket.write({
      command: 'documents',
      open: [...this._options.documents()],
      unsaved: [...this._options.unsaved()]
    });
  }

  dispose(): void {
    this._socket.dispose();
  }

  private _opened(): void {
    this._options.connected(true);
    this.sendDocuments();
    const queued = this._queue;
    this._queue = [];
    for (const command of [...this._submits.values(), ...queued]) {
      this._socket.write(command);
    }
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
    if (!this.isDisposed) {
      this.send({ command: 'reply', request, reply });
    }
  }

  private _socket: ReconnectingSocket;
  private _queue: Command[] = [];
  private _submits = new Map<string, Submit & { command?: 'submit' }>();
}
