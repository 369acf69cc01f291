import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import type { IDiffView } from '../../src/edits/diffView';
import { MovingProposal } from '../../src/edits/movingProposal';
import { Compare, rebase } from '../../src/edits/rebase';

const compare: Compare = (a, b) => Chunk.build(a, b);
const lines = (...texts: string[]) => texts.join('\n');

/** A diff of two texts, as far as a proposal that moves asks for one. */
function diff(original: string, proposal: string) {
  const document = (text: string) => Text.of(text.split('\n'));
  const shown = {
    original,
    proposal,
    chunks: compare(document(original), document(proposal)),
    set: (a: string, b: string) => Object.assign(shown, { original: a, proposal: b })
  };
  return shown as unknown as IDiffView & typeof shown;
}

function moving(source: string, after: string) {
  const proposal = new MovingProposal({ before: source, after }, source);
  proposal.compare = compare;
  return proposal;
}

describe('MovingProposal', () => {
  const SOURCE = lines('one', 'two', 'three', 'four', 'five', 'six', 'seven');
  const AFTER = SOURCE.replace('two', 'TWO').replace('five', 'FIVE');

  it('carries over what was accepted and what was not', () => {
    const proposal = moving(SOURCE, AFTER);
    const shown = diff(SOURCE.replace('two', 'TWO'), AFTER);
    proposal.moveTo(SOURCE.replace('three', 'three and more'), shown);
    expect(shown.original).toBe(
      lines('one', 'TWO', 'three and more', ...SOURCE.split('\n').slice(3))
    );
    expect(shown.proposal).toBe(shown.original.replace('five', 'FIVE'));
    expect(proposal.left).toBe(0);
  });

  it("keeps the user's line where it was accepted otherwise, and says so", () => {
    const proposal = moving(SOURCE, AFTER);
    const shown = diff(SOURCE.replace('two', 'TWO'), AFTER);
    proposal.moveTo(SOURCE.replace('two', 'to'), shown);
    expect(shown.original).toBe(SOURCE.replace('two', 'to'));
    expect(shown.proposal).toBe(shown.original.replace('five', 'FIVE'));
    expect(proposal.left).toBe(1);
  });

  it('comes to what both texts come to by themselves, wherever the user types', () => {
    let seed = 5;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 400; round++) {
      const base = Array.from({ length: 8 + random(12) }, (_, i) => `line ${i}`);
      const original = [...base];
      const after = [...base];
      // From the end on, so that places stay; accepted ones are in both.
      for (let at = base.length - 1; at > 0; at -= 2 + random(4)) {
        const theirs = Array.from({ length: random(3) }, (_, i) => `theirs ${at} ${i}`);
        const gone = random(2);
        after.splice(at, gone, ...theirs);
        if (random(2)) {
          original.splice(at, gone, ...theirs);
        }
      }
      const source = lines(...base);
      const at = random(source.length);
      const current = source.slice(0, at) + ['x', '\n', 'mine\n'][random(3)] + source.slice(at);
      const proposal = moving(source, lines(...after));
      const shown = diff(lines(...original), lines(...after));
      const [a, b] = [lines(...original), lines(...after)].map(text =>
        rebase(source, current, text, compare)
      );
      const said = JSON.stringify([source, current, lines(...original), lines(...after)]);
      proposal.moveTo(current, shown);
      expect(shown.original, said).toBe(a.text);
      expect([shown.proposal, proposal.left], said).toEqual([b.text, b.left]);
    }
  });
});
