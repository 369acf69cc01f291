import { describe, expect, it } from 'vitest';
import { ActionBody, Event } from '../../src/protocol';
import { changesOf, counting, hasChanges } from '../../src/threads/changes';
import { Thread } from '../../src/threads/thread';
import { ITurn } from '../../src/threads/tokens';
import { log, started } from './events';

type State = 'waiting' | 'done' | 'rejected' | 'undone' | 'conflict';

function turnWith(...actions: [ActionBody, State, number?][]): ITurn {
  const thread = new Thread('th', () => undefined);
  thread.load(
    log(
      started(),
      ...actions.map(
        ([body, state, part], index) =>
          ({
            type: 'action_started',
            turn: 't1',
            action: `a${index}`,
            gate: 'edit',
            state,
            part: part ?? null,
            body
          }) as unknown as Event
      )
    )
  );
  return thread.turns[0];
}

function insert(cell: string, source: string): ActionBody {
  return { kind: 'insert_cell', path: 'n.ipynb', cell_id: cell, source };
}

function edit(cell: string | null, before: string, after: string, more = {}): ActionBody {
  const counts = { added: 1, removed: 1 };
  return {
    kind: 'edit',
    path: cell ? 'n.ipynb' : 'lib.py',
    cell_id: cell,
    before,
    after,
    base_hash: '',
    ...counts,
    ...more
  };
}

describe('the changes of a turn', () => {
  it('are one entry for each cell or file, with its state and lines', () => {
    const turn = turnWith(
      [insert('c1', 'x = 1\ny = 2'), 'done'],
      [edit('c2', 'a', 'b'), 'waiting'],
      [edit(null, '', 'new\n', { creates: true, removed: 0 }), 'done'],
      [{ kind: 'delete_cell', path: 'n.ipynb', cell_id: 'c3', before: 'gone\n' }, 'done']
    );
    const told = changesOf(turn).map(({ cellId, effect, state, counts }) => [
      cellId,
      effect,
      state,
      counts?.added,
      counts?.removed
    ]);
    expect(told).toEqual([
      ['c1', 'new', 'done', 2, 0],
      ['c2', 'changed', 'waiting', 1, 1],
      [null, 'new', 'done', 1, 0],
      ['c3', 'deleted', 'done', 0, 1]
    ]);
  });

  it('of one cell are put together, from the text before the first to that after the last', () => {
    const [change, ...others] = changesOf(
      turnWith(
        [edit('c1', 'one', 'two'), 'done'],
        [edit('c1', 'two', 'bad'), 'rejected'],
        [edit('c1', 'two', 'three'), 'done']
      )
    );
    expect(others).toEqual([]);
    expect([change.before, change.after, change.state]).toEqual(['one', 'three', 'done']);
  });

  it('of a new cell that was changed afterwards are the new cell', () => {
    const [change] = changesOf(
      turnWith([insert('c1', 'x'), 'done'], [edit('c1', 'x', 'x\ny'), 'done'])
    );
    expect([change.effect, change.counts]).toEqual(['new', { added: 2, removed: 0 }]);
  });

  it('wait as long as one of them waits', () => {
    const [change] = changesOf(
      turnWith([edit('c1', 'one', 'two'), 'done'], [edit('c1', 'two', 'three'), 'conflict'])
    );
    expect([change.state, change.action.id]).toEqual(['conflict', 'a1']);
  });

  it('stand in the order of the answer, not in that in which they were made', () => {
    const turn = turnWith([insert('c2', 'x'), 'done', 3], [edit('c1', 'a', 'b'), 'waiting', 1]);
    expect(changesOf(turn).map(change => change.cellId)).toEqual(['c1', 'c2']);
  });

  it('do not count when they were rejected or taken back', () => {
    const turn = turnWith([edit('c1', 'a', 'b'), 'rejected'], [insert('c2', 'x'), 'undone']);
    expect(counting(changesOf(turn))).toEqual([]);
    expect(hasChanges(turn)).toBe(false);
  });

  it('are not what an undo proposes', () => {
    const turn = turnWith([edit('c1', 'a', 'b', { takes_back: ['a9'] }), 'waiting']);
    expect(changesOf(turn)).toEqual([]);
  });
});
