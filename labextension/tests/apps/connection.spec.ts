import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppConnection } from '../../src/apps/connection';
import { AppCommand } from '../../src/protocol';

class Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: AppCommand[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data) as AppCommand);
  }

  close(): void {}
}

let sockets: Socket[];
let events: unknown[];
let connection: AppConnection;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  events = [];
  connection = new AppConnection({
    socket: () => {
      sockets.push(new Socket());
      return sockets[sockets.length - 1] as unknown as WebSocket;
    },
    frame: frame => events.push(frame),
    connected: connected => events.push(connected),
    gone: () => events.push('gone'),
    signedOut: () => events.push('signed out')
  });
  connection.connect();
});

afterEach(() => {
  connection.dispose();
  vi.useRealTimers();
});

const report = (message: string): AppCommand => ({ command: 'report', kind: 'error', message });

describe('AppConnection', () => {
  it('sends what was reported before it was open', () => {
    connection.send(report('early'));
    sockets[0].onopen?.();
    expect(sockets[0].sent).toMatchObject([{ message: 'early' }]);
  });

  it('keeps only the first reports of an app that floods while the connection is lost', () => {
    for (let index = 0; index < 1000; index++) {
      connection.send(report(String(index)));
    }
    sockets[0].onopen?.();
    expect(sockets[0].sent).toHaveLength(50);
  });

  it('keeps nothing that is refused to the app of a person who has signed out', () => {
    sockets[0].onopen?.();
    sockets[0].onclose?.({ code: 4401 });
    connection.send(report('refused'));
    vi.advanceTimersByTime(1000);
    sockets[1].onopen?.();
    connection.send(report('later'));
    expect(events).toEqual([true, false, 'signed out', true]);
    expect(sockets[1].sent).toMatchObject([{ message: 'later' }]);
  });

  it('comes back after a loss, with longer and longer pauses', () => {
    sockets[0].onclose?.({ code: 1006 });
    vi.advanceTimersByTime(400);
    expect(sockets).toHaveLength(2);
    sockets[1].onclose?.({ code: 1006 });
    vi.advanceTimersByTime(300);
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(400);
    expect(sockets).toHaveLength(3);
  });

  it('does not come back to an app that is gone', () => {
    sockets[0].onclose?.({ code: 4410 });
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    expect(events).toContain('gone');
  });
});
