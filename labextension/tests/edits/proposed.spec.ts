import { describe, expect, it } from 'vitest';
import { proposedBy, writtenIn } from '../../src/edits/proposed';
import type { EditAction, Event, TurnStarted } from '../../src/protocol';
import { Thread } from '../../src/threads/thread';
import type { IThreadChange } from '../../src/threads/tokens';

const BODY: EditAction = {
  kind: 'edit',
  path: 'work.ipynb',
  cell_id: 'c1',
  before: 'a',
  after: 'b',
  base_hash: ''
};

function started(purpose: TurnStarted['purpose']): { thread: Thread; changes: IThreadChange[] } {
  const thread = new Thread('thread', () => undefined);
  const changes: IThreadChange[] = [];
  thread.apply({
    seq: 1,
    time: 1,
    turn: 't1',
    type: 'turn_started',
    purpose,
    text: '',
    binding: {},
    options: {},
    model: 'm'
  });
  thread.changed.connect((_, change) => changes.push(change));
  return { thread, changes };
}

function show(thread: Thread, after: string): void {
  thread.preview({ turn: 't1', part: 2, path: 'work.ipynb', cell_id: 'c1', before: 'a', after });
}

function written(thread: Thread): string[] {
  return writtenIn(thread, thread.turn('t1')!).map(({ after }) => after);
}

const event = (seq: number, rest: object) => ({ seq, time: 1, turn: 't1', ...rest }) as Event;

describe('a change that is being written', () => {
  it('is what was shown of it last', () => {
    const { thread, changes } = started('edit');
    show(thread, 'a1');
    show(thread, 'a2');
    expect(written(thread)).toEqual(['a2']);
    expect(changes).toContainEqual({ kind: 'preview', part: 2, turn: 't1' });
  });

  it('gives way to its action, and is not brought back by what comes late', () => {
    const { thread } = started('edit');
    show(thread, 'a1');
    const action = { type: 'action_started', action: 'x', gate: 'edit', state: 'waiting', part: 2 };
    thread.apply(event(2, { ...action, body: BODY }));
    show(thread, 'a2');
    expect(written(thread)).toEqual([]);
    expect(proposedBy(thread, thread.action('x')!)).toMatchObject({ after: 'b', writing: false });
  });

  it('is gone when the answer has ended without it', () => {
    const { thread, changes } = started('edit');
    show(thread, 'a1');
    changes.length = 0;
    thread.apply(event(2, { type: 'replied', content: [], stop: 'end' }));
    expect(written(thread)).toEqual([]);
    expect(changes).toEqual([{ kind: 'preview', turn: 't1' }]);
  });

  it('is not shown any more as soon as the user has stopped it', () => {
    const { thread } = started('edit');
    show(thread, 'a1');
    thread.stop('t1');
    expect(written(thread)).toEqual([]);
  });

  it('is not shown for a fix, which is tried first', () => {
    const { thread } = started('fix');
    show(thread, 'a1');
    expect(written(thread)).toEqual([]);
  });
});
