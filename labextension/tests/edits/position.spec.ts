import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { position } from '../../src/edits/position';

const trans = nullTranslator.load('jupyter_townie');

describe('position', () => {
  it('says which change it is and how many lines go and come', () => {
    const changes = [
      { removed: 1, added: 0 },
      { removed: 3, added: 4 }
    ];
    expect(position(changes, 1, trans)).toBe('Change 2 of 2: 3 lines removed, 4 added');
  });

  it('does not count a single change', () => {
    expect(position([{ removed: 0, added: 2 }], 0, trans)).toBe('Proposed change: 2 lines added');
  });

  it('says when nothing differs any more', () => {
    expect(position([], -1, trans)).toBe('No difference left');
  });
});
