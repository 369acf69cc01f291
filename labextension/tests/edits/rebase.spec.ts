import { Chunk } from '@codemirror/merge';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { Compare, rebase, rebaseNear } from '../../src/edits/rebase';

const compare: Compare = (a, b) => Chunk.build(a, b);
const lines = (...texts: string[]) => texts.join('\n');

const BASE = lines('one', 'two', 'three', 'four', 'five', 'six');

describe('rebase', () => {
  it('leaves the proposal alone while the source has not moved', () => {
    expect(rebase(BASE, BASE, 'anything', compare)).toEqual({ text: 'anything', left: 0 });
  });

  it('carries a change over lines that the user added above it', () => {
    const current = lines('zero', BASE);
    const proposal = BASE.replace('five', 'FIVE');
    expect(rebase(BASE, current, proposal, compare)).toEqual({
      text: lines('zero', BASE.replace('five', 'FIVE')),
      left: 0
    });
  });

  it('keeps what the user typed below a change', () => {
    const current = lines(BASE, 'seven');
    const proposal = BASE.replace('one', 'ONE');
    const text = lines(BASE.replace('one', 'ONE'), 'seven');
    expect(rebase(BASE, current, proposal, compare)).toEqual({ text, left: 0 });
  });

  it("keeps the user's line where both changed it, and says that a change was left out", () => {
    const current = BASE.replace('three', 'mine');
    const proposal = BASE.replace('three', 'theirs').replace('six', 'SIX');
    expect(rebase(BASE, current, proposal, compare)).toEqual({
      text: BASE.replace('three', 'mine').replace('six', 'SIX'),
      left: 1
    });
  });

  it('takes the same change made by both for one that is there already', () => {
    const current = BASE.replace('three', 'same');
    const proposal = BASE.replace('three', 'same').replace('six', 'SIX');
    expect(rebase(BASE, current, proposal, compare)).toEqual({ text: proposal, left: 0 });
  });

  it('does not guess the order of two insertions at one place', () => {
    const current = BASE.replace('three', 'three\nmine');
    const proposal = BASE.replace('three', 'three\ntheirs');
    expect(rebase(BASE, current, proposal, compare)).toEqual({ text: current, left: 1 });
  });

  it('joins changes of neighbouring lines', () => {
    const current = BASE.replace('three', 'mine');
    const proposal = BASE.replace('four', 'theirs');
    expect(rebase(BASE, current, proposal, compare)).toEqual({
      text: BASE.replace('three', 'mine').replace('four', 'theirs'),
      left: 0
    });
  });

  it('keeps a source that the user emptied', () => {
    expect(rebase(BASE, '', BASE.replace('one', 'ONE'), compare)).toEqual({ text: '', left: 1 });
  });

  it('never loses a line that the user typed, whatever the proposal is', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return seed % below;
    };
    const edited = (base: string[], mark: string) => {
      const result = [...base];
      for (let count = 1 + random(3); count > 0; count--) {
        const at = random(result.length + 1);
        result.splice(
          at,
          random(3),
          ...Array.from({ length: random(3) }, (_, i) => `${mark}${count}${i}`)
        );
      }
      return result;
    };
    for (let round = 0; round < 500; round++) {
      const base = Array.from({ length: random(12) }, (_, i) => `line ${i}`);
      const current = edited(base, 'mine');
      const proposal = edited(base, 'theirs');
      const { text } = rebase(lines(...base), lines(...current), lines(...proposal), compare);
      const mine = current.filter(line => line.startsWith('mine'));
      expect(text.split('\n').filter(line => line.startsWith('mine'))).toEqual(mine);
    }
  });
});

describe('rebaseNear', () => {
  const chunks = (a: string, b: string) => compare(Text.of(a.split('\n')), Text.of(b.split('\n')));

  it('gives what rebase gives, or says that it can not', () => {
    let seed = 11;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    let near = 0;
    for (let round = 0; round < 3000; round++) {
      const base = Array.from({ length: 1 + random(14) }, (_, i) => `line ${i % 9}`);
      const proposal = [...base];
      for (let count = random(3); count > 0; count--) {
        const theirs = Array.from({ length: random(3) }, (_, i) => `theirs${count}${i}`);
        proposal.splice(random(proposal.length + 1), random(3), ...theirs);
      }
      const [text, wanted] = [lines(...base), lines(...proposal)];
      const at = random(text.length + 1);
      const typed = ['x', '\n', 'mine\n', ''][random(4)];
      const current = text.slice(0, at) + typed + text.slice(at + random(6));
      const found = rebaseNear(text, current, wanted, compare, chunks(text, wanted));
      const rebased = rebase(text, current, wanted, compare);
      const said = JSON.stringify([text, current, wanted]);
      expect(rebase(text, current, wanted, compare, chunks(text, wanted)), said).toEqual(rebased);
      if (found) {
        near++;
        expect(found, said).toEqual(rebased);
      }
    }
    expect(near).toBeGreaterThan(1500);
  });

  it("keeps the user's line of a change, leaves the change out, and is silent at the end of the text", () => {
    const proposal = BASE.replace('three', 'THREE');
    const near = (current: string) =>
      rebaseNear(BASE, current, proposal, compare, chunks(BASE, proposal));
    const mine = BASE.replace('three', 'tree');
    expect(near(mine)).toEqual({ text: mine, left: 1 });
    expect(near(BASE.replace('two', 'to'))?.text).toBe(proposal.replace('two', 'to'));
    expect(near(BASE.replace('six', 'sixth'))).toBeNull();
  });
});
