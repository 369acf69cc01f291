import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { Composer } from '../../src/threads/composer';
import { ISurroundings } from '../../src/threads/surroundings';

describe('the composer', () => {
  it('shows nothing of what was added for another chat', () => {
    const composer = new Composer({
      around: { trans: nullTranslator.load(''), documents: null } as unknown as ISurroundings,
      sources: [],
      under: [],
      attach: () => undefined
    });
    const shown = () =>
      [...composer.node.querySelectorAll('[data-townie=chip]')].map(chip => chip.textContent);
    composer.add({ kind: 'file', ref: 'x.csv', label: 'x.csv' });
    expect(shown()).toEqual(['x.csv']);
    composer.reset();
    expect(shown()).toEqual([]);
    composer.dispose();
  });
});
