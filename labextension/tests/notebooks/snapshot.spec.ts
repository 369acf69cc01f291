import { describe, expect, it } from 'vitest';
import { limitImages } from '../../src/notebooks/snapshot';
import { CellSnapshot } from '../../src/protocol';

const plot = (id: string): CellSnapshot => ({
  id,
  cell_type: 'code',
  source: 'plot()',
  output: 'text',
  images: [{ mime: 'image/png', data: 'a'.repeat(4000) }]
});

describe('limitImages', () => {
  it('keeps all images that there is room for', () => {
    const cells = [plot('a'), plot('b')];
    limitImages(cells, 0, 8000);
    expect(cells.map(cell => cell.images!.length)).toEqual([1, 1]);
  });

  it('names those that are furthest from the active cell', () => {
    const cells = ['a', 'b', 'c', 'd', 'e'].map(plot);
    limitImages(cells, 3, 12_000);
    expect(cells.map(cell => cell.images!.length)).toEqual([0, 0, 1, 1, 1]);
    expect(cells[0].output).toBe('text\n[image/png, 3 kB, left out]');
    expect(cells[3].output).toBe('text');
  });
});
