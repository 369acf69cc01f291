import { describe, expect, it } from 'vitest';
import { CellBar } from '../../src/notebooks/cellBar';

// Header, input, handle, outputs, footer; a Markdown cell has no handle and no outputs.
const CODE = 5;
const MARKDOWN = 3;

describe('the place of a bar in a cell', () => {
  it('is right below the input', () => {
    expect([CellBar.index('input', CODE), CellBar.index('input', MARKDOWN)]).toEqual([2, 2]);
  });

  it('is above the footer, below the outputs and the bars that are there', () => {
    expect([CellBar.index('end', CODE), CellBar.index('end', CODE + 1)]).toEqual([4, 5]);
  });
});
