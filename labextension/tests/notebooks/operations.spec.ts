import { describe, expect, it } from 'vitest';
import { ICellState, narrowest, planOperations } from '../../src/notebooks/operations';

const CELLS: ICellState[] = [
  { id: 'a', type: 'code', source: 'x = 1' },
  { id: 'b', type: 'markdown', source: '# Title' },
  { id: 'c', type: 'code', source: 'locked', locked: true, pinned: true }
];

describe('planOperations', () => {
  it('puts a new cell below the named one, at the top for an empty name, at the end without one', () => {
    const index = (after: string | null) => {
      const plan = planOperations(CELLS, [{ op: 'insert', cell_id: 'n', after, source: '1' }]);
      return plan.steps[0].kind === 'insert' && plan.steps[0].index;
    };
    expect([index('a'), index(''), index(null)]).toEqual([1, 0, 3]);
  });

  it('refuses to insert below a cell that is gone', () => {
    const plan = planOperations(CELLS, [{ op: 'insert', cell_id: 'n', after: 'gone' }]);
    expect(plan.refused).toEqual({ index: 0, problem: 'missing' });
  });

  it('lets each operation see what those before it did', () => {
    const plan = planOperations(CELLS, [
      { op: 'insert', cell_id: 'n', after: 'a', source: 'y' },
      { op: 'append', cell_id: 'n', before: 'y', text: ' = 2' },
      { op: 'insert', cell_id: 'm', after: 'n', source: 'z' }
    ]);
    expect(plan.steps).toEqual([
      { kind: 'insert', index: 1, id: 'n', type: 'code', source: 'y = 2', turn: null },
      { kind: 'insert', index: 2, id: 'm', type: 'code', source: 'z', turn: null }
    ]);
  });

  it('has no step at all when a later operation is refused', () => {
    const plan = planOperations(CELLS, [
      { op: 'replace', cell_id: 'a', before: 'x = 1', after: 'x = 2' },
      { op: 'replace', cell_id: 'b', before: 'what it was', after: '# Other' }
    ]);
    expect(plan).toEqual({ steps: [], refused: { index: 1, problem: 'changed' } });
  });

  it('refuses to change a locked cell and to delete a pinned one', () => {
    const problems = [
      planOperations(CELLS, [{ op: 'append', cell_id: 'c', before: 'locked', text: '!' }]),
      planOperations(CELLS, [{ op: 'delete', cell_id: 'c', before: 'locked' }])
    ].map(plan => plan.refused?.problem);
    expect(problems).toEqual(['read_only', 'read_only']);
  });

  it('takes an insertion that is there already as a repetition', () => {
    const again = planOperations(CELLS, [{ op: 'insert', cell_id: 'a', source: 'x = 1' }]);
    expect(again).toEqual({ steps: [], refused: null });
  });

  it('refuses an insertion whose id another source has', () => {
    const other = planOperations(CELLS, [{ op: 'insert', cell_id: 'a', source: 'x = 7' }]);
    expect(other.refused?.problem).toBe('changed');
  });

  it('changes the type of a cell by putting another with the same id in its place', () => {
    const plan = planOperations(CELLS, [
      { op: 'replace', cell_id: 'a', before: 'x = 1', after: 'text', cell_type: 'markdown' }
    ]);
    expect(plan.steps).toEqual([
      { kind: 'delete', index: 0, id: 'a' },
      { kind: 'insert', index: 0, id: 'a', type: 'markdown', source: 'text', turn: null }
    ]);
  });
});

describe('narrowest', () => {
  it('names only what differs', () => {
    expect(narrowest('a = 1\nb = 2\n', 'a = 1\nb = 22\n')).toEqual({
      start: 11,
      end: 11,
      text: '2'
    });
  });

  it('gives the second text for any pair, also of repetitions', () => {
    const pairs = [
      ['aaa', 'aa'],
      ['', 'abc'],
      ['abc', ''],
      ['same', 'same'],
      ['abab', 'ababab'],
      // Longer than what is compared at once.
      ['a'.repeat(9000), 'a'.repeat(9001)],
      [`${'ab'.repeat(5000)}x${'ab'.repeat(5000)}`, `${'ab'.repeat(5000)}y${'ab'.repeat(5000)}`]
    ];
    for (const [before, after] of pairs) {
      const { start, end, text } = narrowest(before, after);
      expect(before.slice(0, start) + text + before.slice(end)).toBe(after);
    }
  });

  it('is as narrow in a long text', () => {
    const [head, tail] = ['ab'.repeat(5000), 'ba'.repeat(6000)];
    expect(narrowest(`${head}x${tail}`, `${head}yz${tail}`)).toEqual({
      start: 10_000,
      end: 10_001,
      text: 'yz'
    });
  });

  it('does not cut a character outside the basic plane in two', () => {
    const { start, end, text } = narrowest('x😀y', 'x😁y');
    expect([start, end, text]).toEqual([1, 3, '😁']);
  });
});
