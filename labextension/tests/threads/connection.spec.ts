import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Command, Event, PageReply, PageVerb, ServerFrame } from '../../src/protocol';
import { ThreadConnection } from '../../src/threads/connection';
import { submit } from './events';

class Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Command[] = [];
  closed = false;

  constructor(readonly after: number) {}

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Command);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.();
  }

  receive(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

function connect(handle?: (body: PageVerb) => Promise<PageReply>) {
  const sockets: Socket[] = [];
  const page = { seq: 0, documents: ['a.ipynb'], connected: [] as boolean[] };
  const connection = new ThreadConnection({
    socket: after => {
      const socket = new Socket(after);
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    after: () => page.seq,
    documents: () => page.documents,
    unsaved: () => [],
    handle: handle ?? (() => Promise.reject(new Error('not expected'))),
    event: event => {
      page.seq = event.seq;
    },
    replayed: () => undefined,
    preview: () => undefined,
    refused: () => undefined,
    connected: connected => page.connected.push(connected),
    gone: () => undefined
  });
  connection.connect();
  return { connection, sockets, page };
}

const taken = (seq: number, turn: string): ServerFrame => ({
  frame: 'event',
  event: {
    seq,
    time: 1,
    type: 'turn_started',
    turn,
    purpose: 'chat',
    text: '',
    binding: {},
    options: {},
    model: 'm'
  } as Event
});

describe('the connection of a thread', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells the open notebooks before anything else', () => {
    const { connection, sockets } = connect();
    connection.send(submit());
    sockets[0].open();
    expect(sockets[0].sent.map(command => command.command)).toEqual(['documents', 'submit']);
    expect(sockets[0].sent[0]).toEqual({ command: 'documents', open: ['a.ipynb'], unsaved: [] });
  });

  it('comes back after a loss and asks for what it missed', () => {
    const { sockets, page } = connect();
    sockets[0].open();
    sockets[0].receive(taken(7, 't0'));
    sockets[0].onclose?.();
    vi.advanceTimersByTime(400);
    expect(sockets.map(socket => socket.after)).toEqual([0, 7]);
    sockets[1].open();
    expect(page.connected).toEqual([true, false, true]);
  });

  it('waits longer after each loss in a row', () => {
    const { sockets } = connect();
    for (let i = 0; i < 3; i++) {
      sockets[sockets.length - 1].onclose?.();
      vi.advanceTimersByTime(1300);
    }
    const soon = sockets.length;
    sockets[soon - 1].onclose?.();
    vi.advanceTimersByTime(1300);
    expect(sockets).toHaveLength(soon);
    vi.advanceTimersByTime(10_000);
    expect(sockets).toHaveLength(soon + 1);
  });

  it('keeps commands that were given without a connection, in their order', () => {
    const { connection, sockets } = connect();
    connection.send({ command: 'keep', turn: 'a' });
    connection.send({ command: 'undo', turn: 'b' });
    sockets[0].open();
    expect(sockets[0].sent.slice(1).map(command => command.command)).toEqual(['keep', 'undo']);
  });

  it('submits again after a loss until the server has taken the turn', () => {
    const { connection, sockets } = connect();
    sockets[0].open();
    connection.send(submit('t1'));
    sockets[0].onclose?.();
    vi.advanceTimersByTime(400);
    sockets[1].open();
    expect(sockets[1].sent.map(command => command.command)).toEqual(['documents', 'submit']);
    sockets[1].receive(taken(1, 't1'));
    sockets[1].onclose?.();
    vi.advanceTimersByTime(1000);
    sockets[2].open();
    expect(sockets[2].sent.map(command => command.command)).toEqual(['documents']);
  });

  it('answers a request of the server with what the page replied', async () => {
    const reply: PageReply = { verb: 'run', runs: [] };
    const { sockets } = connect(() => Promise.resolve(reply));
    sockets[0].open();
    sockets[0].receive({
      frame: 'request',
      request: 'q1',
      body: { verb: 'run', path: 'a.ipynb', cell_ids: [] }
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets[0].sent[1]).toEqual({ command: 'reply', request: 'q1', reply });
  });

  it('answers with a refusal when the page fails', async () => {
    const { sockets } = connect();
    sockets[0].open();
    sockets[0].receive({
      frame: 'request',
      request: 'q1',
      body: { verb: 'read', path: 'a.ipynb' }
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets[0].sent[1]).toMatchObject({
      command: 'reply',
      reply: { verb: 'refused', reason: 'error' }
    });
  });

  it('stays away once disposed', () => {
    const { connection, sockets } = connect();
    sockets[0].open();
    connection.dispose();
    vi.advanceTimersByTime(60_000);
    expect(sockets[0].closed).toBe(true);
    expect(sockets).toHaveLength(1);
  });
});
