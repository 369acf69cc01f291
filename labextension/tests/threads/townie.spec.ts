import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';
import { Event, Problem } from '../../src/protocol';
import { TownieApi } from '../../src/threads/api';
import { ITownieOptions, Townie } from '../../src/threads/townie';
import { IAction } from '../../src/threads/tokens';
import { log, started } from './events';

type ActionState = IAction['state'];

class Socket {
  static readonly all: Socket[] = [];
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    Socket.all.push(this);
  }

  send(): void {}

  close(): void {
    this.closed = true;
  }
}

const proposal = (state: ActionState) => ({
  type: 'action_started' as const,
  turn: 't1',
  action: 'a1',
  gate: 'edit' as const,
  state,
  body: { kind: 'edit' as const, path: 'a.ipynb', cell_id: 'c1', before: 'a = 1', after: 'a = 2' }
});
const ended = { type: 'turn_ended', turn: 't1', reason: 'done' } as const;

/** Townie with threads whose logs are given. */
async function townieWith(logs: Record<string, Event[]>): Promise<Townie> {
  Socket.all.length = 0;
  const settings = { wsUrl: 'ws://server/', WebSocket: Socket, token: '', appendToken: false };
  const api = new TownieApi(settings as unknown as TownieApi['settings']);
  api.events = id => Promise.resolve(logs[id]);
  const townie = new Townie({
    api,
    page: 'p1',
    settings: { values: {}, changed: new Signal({}) } as unknown as ITownieOptions['settings'],
    documents: null,
    trans: nullTranslator.load('')
  });
  for (const id of Object.keys(logs)) {
    await townie.open(id);
    Socket.all[Socket.all.length - 1].onopen?.();
  }
  return townie;
}

describe('the threads of a page', () => {
  it.each<ActionState>(['waiting', 'conflict', 'held'])(
    'keep their connection while a change is %s, however many are opened after',
    async state => {
      const waiting = log(started(), proposal(state), ended);
      const others = Array.from({ length: 20 }, (_, n) => [`other${n}`, log(started(), ended)]);
      const townie = await townieWith({ waiting, ...Object.fromEntries(others) });
      const open = townie.threads.map(({ id }) => id);
      expect(open).toContain('waiting');
      expect(open).not.toContain('other0');
      expect(Socket.all.find(({ url }) => url.includes('waiting'))?.closed).toBe(false);
    }
  );

  it('are told to be gone when they are deleted', async () => {
    const townie = await townieWith({
      one: log(started(), proposal('waiting'), ended),
      two: log(started())
    });
    const gone: string[] = [];
    townie.changed.connect((_, { thread, change }) => {
      if (change.kind === 'gone') {
        gone.push(thread.id);
      }
    });
    townie.close('one');
    townie.close('unknown');
    expect(gone).toEqual(['one']);
    expect(townie.threads.map(({ id }) => id)).toEqual(['two']);
  });

  it('are gone, with what the server has not taken, when they are deleted elsewhere', async () => {
    const townie = await townieWith({ one: log(started(), ended), two: log(started(), ended) });
    await townie.select('one');
    const heard: string[] = [];
    townie.changed.connect((_, { thread, change }) => {
      if (change.kind === 'gone') {
        heard.push(`${thread.id} ${thread === townie.current ? 'shown' : 'not shown'}`);
      }
    });
    const refused = townie
      .submit({ purpose: 'chat', text: 'hello', reveal: false })
      .catch((problem: Problem) => problem.code);
    await Promise.resolve();
    Socket.all[0].onclose?.({ code: 4410 });
    expect(await refused).toBe('thread_deleted');
    expect(heard).toEqual(['one shown']);
    expect(townie.current).toBeNull();
    expect(townie.threads.map(({ id }) => id)).toEqual(['two']);
  });

  it('stay, and are not asked for again, when another server works on them', async () => {
    vi.useFakeTimers();
    const townie = await townieWith({ one: log(started(), proposal('waiting'), ended) });
    await townie.select('one');
    Socket.all[0].onclose?.({ code: 4409 });
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(Socket.all).toHaveLength(1);
    expect(townie.current?.connected).toBe(false);
    expect(townie.current?.action('a1')?.state).toBe('waiting');
  });
});
