import { describe, expect, it } from 'vitest';
import { inlineAttachments, linesAt } from '../../src/edits/inlinePlace';

const SOURCE = 'a = 1\nb = 2\na = 1\n';
const CELL = { kind: 'notebook' as const, path: 'x/n.ipynb', cellId: 'c1', kernelId: null };

function selection(start: number, end: number): string | null | undefined {
  return inlineAttachments(CELL, SOURCE, [{ start, end }]).find(({ kind }) => kind === 'selection')
    ?.text;
}

describe('linesAt', () => {
  it.each([
    [0, 0, 1, 1],
    [6, 6, 2, 2],
    [6, 12, 2, 2],
    [6, 13, 2, 3],
    [18, 18, 4, 4]
  ])('offsets %i to %i are in lines %i to %i', (start, end, first, last) => {
    const found = linesAt(SOURCE, start, end);
    expect([found.first, found.last]).toEqual([first, last]);
  });
});

describe('inlineAttachments', () => {
  it('says which of two equal lines is meant', () => {
    expect(selection(12, 17)).toBe('Selected in line 3:\na = 1');
    expect(selection(0, 5)).toBe('Selected in line 1:\na = 1');
  });

  it('shows the line of a cursor', () => {
    expect(selection(8, 8)).toBe('The cursor is in line 2:\nb = 2');
  });

  it('shows the place of each of several cursors', () => {
    const places = [
      { start: 12, end: 17 },
      { start: 2, end: 2 }
    ];
    const shown = inlineAttachments(CELL, SOURCE, places).at(-1);
    expect(shown?.label).toBe('2 places');
    expect(shown?.text).toBe('Selected in line 3:\na = 1\nThe cursor is in line 1:\na = 1');
  });

  it('shows the file itself for a place in a file', () => {
    const file = { kind: 'file' as const, path: 'x/m.py', cellId: null, kernelId: null };
    const chips = inlineAttachments(file, SOURCE, [{ start: 0, end: 5 }]);
    expect(chips.map(({ kind, ref }) => [kind, ref])).toEqual([
      ['file', 'x/m.py'],
      ['selection', 'x/m.py']
    ]);
  });
});
