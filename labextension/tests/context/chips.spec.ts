import { describe, expect, it } from 'vitest';
import { Chips } from '../../src/context/chips';
import { Attachment } from '../../src/protocol';

const notebook: Attachment = { kind: 'notebook', ref: 'a.ipynb', label: 'a.ipynb' };
const cell = (ref: string): Attachment => ({ kind: 'cell', ref, label: ref, path: 'a.ipynb' });
const file: Attachment = { kind: 'file', ref: 'x.csv', label: 'x.csv' };

function labels(chips: Chips): string[] {
  return chips.shown.map(chip => chip.label);
}

describe('the chips of a message', () => {
  it('are what is open, then what was added', () => {
    const chips = new Chips();
    chips.suggest([notebook, cell('c1')]);
    chips.add(file);
    expect(labels(chips)).toEqual(['a.ipynb', 'c1', 'x.csv']);
  });

  it('do not repeat a suggestion that was added too', () => {
    const chips = new Chips();
    chips.suggest([cell('c1')]);
    chips.add(cell('c1'));
    chips.add(cell('c1'));
    expect(labels(chips)).toEqual(['c1']);
  });

  it('leave out the active cell once it was taken out, whichever cell that becomes', () => {
    const chips = new Chips();
    chips.suggest([notebook, cell('c1')]);
    chips.remove(cell('c1'));
    chips.suggest([notebook, cell('c2')]);
    expect(labels(chips)).toEqual(['a.ipynb']);
    expect(chips.removed.map(chip => chip.label)).toEqual(['c2']);
  });

  it('take a suggestion back in', () => {
    const chips = new Chips();
    chips.suggest([notebook]);
    chips.remove(notebook);
    chips.restore('notebook');
    expect(labels(chips)).toEqual(['a.ipynb']);
  });

  it('drop additions with the message and keep the rest as it was', () => {
    const chips = new Chips();
    chips.suggest([notebook, cell('c1')]);
    chips.remove(notebook);
    chips.add(file);
    chips.sent();
    expect(labels(chips)).toEqual(['c1']);
  });

  it('tell whether a suggestion changes what is shown', () => {
    const chips = new Chips();
    expect(chips.suggest([notebook])).toBe(true);
    expect(chips.suggest([{ ...notebook }])).toBe(false);
  });
});
