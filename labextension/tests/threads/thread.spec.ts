import { describe, expect, it } from 'vitest';
import { Command, Event } from '../../src/protocol';
import { Thread } from '../../src/threads/thread';
import { IThreadChange } from '../../src/threads/tokens';
import { log, started, submit } from './events';

function follow(): { thread: Thread; changes: IThreadChange[]; sent: Command[] } {
  const sent: Command[] = [];
  const thread = new Thread('th', command => sent.push(command));
  const changes: IThreadChange[] = [];
  thread.changed.connect((_, change) => changes.push(change));
  return { thread, changes, sent };
}

const answer: Event[] = log(
  started(),
  { type: 'request_sent', turn: 't1', request: 'r1', model: 'm', tokens: 10 },
  { type: 'part_started', turn: 't1', part: 0, kind: 'prose' },
  { type: 'text', turn: 't1', part: 0, offset: 0, text: 'Here is ' },
  { type: 'part_ended', turn: 't1', part: 0 },
  { type: 'part_started', turn: 't1', part: 1, kind: 'code', language: 'python' },
  { type: 'text', turn: 't1', part: 1, offset: 0, text: 'x = 1\n' },
  { type: 'part_ended', turn: 't1', part: 1 },
  {
    type: 'action_started',
    turn: 't1',
    action: 'a1',
    part: 1,
    gate: 'insert',
    state: 'done',
    body: { kind: 'insert_cell', path: 'n.ipynb', cell_id: 'c1' }
  },
  {
    type: 'cells_ran',
    turn: 't1',
    path: 'n.ipynb',
    runs: [{ cell_id: 'c1', status: 'ok', execution_count: 4, seconds: 0.8 }]
  },
  { type: 'usage', turn: 't1', usage: { model: 'm', input: 10, output: 5, cost: 0.01 } },
  { type: 'turn_ended', turn: 't1', reason: 'done' }
);

describe('folding a log', () => {
  it('gives the parts, actions, runs and usage of a turn in their order', () => {
    const { thread } = follow();
    thread.load(answer);
    const turn = thread.turns[0];
    expect(turn.parts.map(part => [part.kind, part.text, part.open])).toEqual([
      ['prose', 'Here is ', false],
      ['code', 'x = 1\n', false]
    ]);
    expect(turn.items.map(item => item.kind)).toEqual(['part', 'part', 'run']);
    expect(turn.actions[0].state).toBe('done');
    expect(turn.usage[0].cost).toBe(0.01);
    expect(turn.ended?.reason).toBe('done');
    expect(thread.running).toBeNull();
  });

  it('gives the same turns from one load as from single events', () => {
    const whole = follow().thread;
    whole.load(answer);
    const single = follow().thread;
    answer.forEach(event => single.apply(event));
    expect(JSON.stringify(single.turns)).toBe(JSON.stringify(whole.turns));
  });

  it('ignores events that it has had', () => {
    const { thread, changes } = follow();
    thread.load(answer);
    changes.length = 0;
    answer.forEach(event => thread.apply(event));
    expect(changes).toEqual([]);
    expect(thread.turns[0].parts).toHaveLength(2);
  });

  it('ignores events of a type that it does not know', () => {
    const { thread } = follow();
    thread.load(answer.slice(0, 3));
    thread.apply({ seq: 4, time: 1, turn: 't1', type: 'later_invention' } as unknown as Event);
    expect(thread.seq).toBe(4);
    expect(thread.running?.id).toBe('t1');
  });

  it('lets a text grow under its own sequence number', () => {
    const { thread, changes } = follow();
    thread.load(answer.slice(0, 4));
    changes.length = 0;
    thread.apply({ ...answer[3], offset: 8, text: 'a plot.' } as Event);
    expect(thread.turns[0].parts[0].text).toBe('Here is a plot.');
    expect(changes).toEqual([{ kind: 'text', turn: 't1', part: 0 }]);
  });

  it('takes the same text twice without a change', () => {
    const { thread, changes } = follow();
    thread.load(answer.slice(0, 4));
    changes.length = 0;
    thread.apply(answer[3]);
    expect(thread.turns[0].parts[0].text).toBe('Here is ');
    expect(changes).toEqual([]);
  });

  it('tells views to begin a part again when its text was rewritten', () => {
    const { thread, changes } = follow();
    thread.load(answer.slice(0, 4));
    changes.length = 0;
    thread.apply({ ...answer[3], offset: 5, text: 'you are' } as Event);
    expect(thread.turns[0].parts[0].text).toBe('Here you are');
    expect(thread.turns[0].parts[0].rewrites).toBe(1);
    expect(changes).toEqual([{ kind: 'text', turn: 't1', part: 0 }]);
  });

  it('goes on in the part in which an answer was cut off', () => {
    const { thread, changes } = follow();
    thread.load(answer.slice(0, 4));
    thread.apply({ seq: 5, time: 5, turn: 't1', type: 'part_ended', part: 0, complete: false });
    changes.length = 0;
    thread.apply({ seq: 6, time: 6, turn: 't1', type: 'part_resumed', part: 0, kind: 'prose' });
    thread.apply({ ...answer[3], seq: 7, offset: 8, text: 'a plot.' } as Event);
    const [part] = thread.turns[0].parts;
    expect([part.text, part.open, part.complete]).toEqual(['Here is a plot.', true, true]);
    expect(part.rewrites).toBe(1);
    expect(changes.map(change => change.kind)).toEqual(['part', 'text']);
  });

  it('folds 100,000 pieces of text in time that grows with their number only', () => {
    const { thread } = follow();
    thread.load(answer.slice(0, 3));
    const time = (from: number, to: number): number => {
      const begin = performance.now();
      for (let i = from; i < to; i++) {
        thread.apply({ ...answer[3], offset: i * 12, text: 'twelve chars' } as Event);
      }
      return performance.now() - begin;
    };
    time(0, 10_000);
    const early = time(10_000, 50_000);
    const late = time(50_000, 90_000);
    expect(thread.turns[0].parts[0].text.length).toBe(90_000 * 12);
    expect(late).toBeLessThan(early * 4 + 50);
  });

  it('names the turn that took the place of another', () => {
    const { thread } = follow();
    thread.load(
      log(
        started('t1'),
        { type: 'turn_ended', turn: 't1', reason: 'done' },
        started('t2', { replaces: 't1' } as Partial<Event>)
      )
    );
    expect(thread.turn('t1')?.replacedBy).toBe('t2');
  });

  it('marks the actions of an undone turn', () => {
    const { thread } = follow();
    thread.load(answer);
    thread.apply({ seq: 13, time: 1, turn: 't1', type: 'undone', actions: ['a1'], left: ['a2'] });
    expect(thread.turns[0].undone).toBe(true);
    expect(thread.action('a1')?.state).toBe('undone');
    expect(thread.turns[0].undoing?.left).toEqual(['a2']);
  });

  it('forgets a wait with the next event of the turn', () => {
    const { thread, changes } = follow();
    thread.load(answer.slice(0, 2));
    thread.replayed(2, 't1');
    thread.apply({
      seq: 3,
      time: 1,
      turn: 't1',
      type: 'waiting',
      reason: 'rate limit',
      seconds: 12
    });
    const left = (thread.turns[0].waiting?.until ?? 0) - Date.now() / 1000;
    expect(left).toBeGreaterThan(11);
    changes.length = 0;
    thread.apply({ seq: 4, time: 1, turn: 't1', type: 'part_started', part: 0, kind: 'prose' });
    expect(thread.turns[0].waiting).toBeNull();
    expect(changes.map(change => change.kind)).toEqual(['waiting', 'part']);
  });
});

describe('a turn in progress', () => {
  it('goes on after a reload when the server says that it runs', () => {
    const { thread } = follow();
    thread.load(answer.slice(0, 4));
    thread.replayed(4, 't1');
    expect(thread.running?.id).toBe('t1');
  });

  it('is interrupted when the server does not run it any more', () => {
    const { thread } = follow();
    thread.load(answer.slice(0, 4));
    thread.replayed(4, null);
    expect(thread.running).toBeNull();
    expect(thread.turns[0].ended?.reason).toBe('interrupted');
    expect(thread.turns[0].parts[0]).toMatchObject({ open: false, complete: false });
  });

  it('shows at once what was submitted and keeps its place when the server takes it', async () => {
    const { thread, sent } = follow();
    const taken = thread.submit(submit());
    expect(thread.running).toMatchObject({ id: 't1', pending: true });
    expect(sent[0]).toMatchObject({ command: 'submit', turn: 't1' });
    thread.apply(answer[0]);
    await taken;
    expect(thread.turns).toHaveLength(1);
    expect(thread.turns[0].pending).toBe(false);
  });

  it('stays in sight with the reason when the server refuses it', async () => {
    const { thread } = follow();
    const taken = thread.submit(submit());
    thread.refuse({ code: 'busy', message: 'Another turn is running.' }, 't1');
    await expect(taken).rejects.toMatchObject({ code: 'busy' });
    expect(thread.turns[0].refused?.code).toBe('busy');
    expect(thread.running).toBeNull();
  });

  it('that is refused leaves the turn that goes on to be stopped', async () => {
    const { thread } = follow();
    thread.load(answer.slice(0, 4));
    const taken = thread.submit(submit('t2'));
    expect(thread.running?.id).toBe('t1');
    thread.refuse({ code: 'busy', message: 'Another turn is running.' }, 't2');
    await expect(taken).rejects.toMatchObject({ code: 'busy' });
    expect(thread.running?.id).toBe('t1');
  });

  it('counts as over from the moment that the user stops it', () => {
    const { thread, sent } = follow();
    thread.load(answer.slice(0, 4));
    thread.stop('t1');
    thread.stop('t1');
    expect(thread.running).toBeNull();
    expect(sent).toEqual([{ command: 'stop', turn: 't1' }]);
  });

  it('goes on when the user continues it, and is over again when the server refuses', () => {
    const { thread } = follow();
    thread.load([
      ...answer.slice(0, 4),
      { seq: 5, time: 1, turn: 't1', type: 'turn_ended', reason: 'limit' }
    ]);
    thread.continue('t1');
    expect(thread.running?.id).toBe('t1');
    thread.refuse({ code: 'gone', message: 'It cannot go on.' }, 't1');
    expect(thread.turns[0].ended?.reason).toBe('limit');
    expect(thread.running).toBeNull();
  });
});
