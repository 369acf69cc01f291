import * as merge from '@codemirror/merge';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { ChangeCount, changeOf } from '../../src/edits/diffView';
import { lineDiff } from '../../src/edits/lineDiff';
import { turningInto } from '../../src/edits/turning';

const config = lineDiff(merge);

/** The texts that the steps lead to, one after another. */
function steps(a: string, b: string): string[] {
  let text = b;
  return Array.from(turningInto(a, b, merge.diff(a, b, config)), ({ from, to, insert }) => {
    text = text.slice(0, from) + insert + text.slice(to);
    return text;
  });
}

describe('turningInto', () => {
  it('ends with the original, whatever the changes are', () => {
    const words = ['', 'a', 'b', 'c', 'a b'];
    let seed = 11;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 30; round++) {
      const text = () =>
        Array.from({ length: 1200 + random(900) }, () => words[random(words.length)]).join('\n');
      const [a, b] = [text(), text()];
      expect(steps(a, b).pop() ?? b).toBe(a);
    }
  });

  it('takes no step that is as long as the whole', () => {
    const a = Array.from({ length: 20_000 }, (_, index) => `value_${index} = compute(${index})`);
    const b = a.map((line, index) => (index % 2 ? line.replace('compute', 'calculate') : line));
    const found = steps(a.join('\n'), b.join('\n'));
    expect(found.length).toBeGreaterThanOrEqual(19);
    // Whoever has drawn a screenful of lines draws few more for the step that ends behind them.
    found.slice(0, 5).forEach((text, index) => {
      expect(text.endsWith(b.slice(16 * 2 ** index * 2 + 2).join('\n'))).toBe(true);
    });
    expect(found.pop()).toBe(a.join('\n'));
    const halfway = found[10];
    expect(halfway.startsWith(a.slice(0, 3000).join('\n'))).toBe(true);
    expect(halfway.endsWith(b.slice(-3000).join('\n'))).toBe(true);
  });
});

describe('ChangeCount', () => {
  it('counts the lines of chunks that have moved, and of those that have become others', () => {
    const a = Text.of(Array.from({ length: 400 }, (_, index) => `value_${index} = ${index}`));
    const before = Text.of(
      a
        .toString()
        .replace(/ = (\d*)5$/gm, ' = $1 + 5\n')
        .split('\n')
    );
    const count = new ChangeCount();
    const chunks = merge.Chunk.build(a, before, config);
    expect(chunks.length).toBeGreaterThan(30);
    count.of(chunks, a, before);
    const typed = before.replace(
      before.line(60).from,
      before.line(60).to,
      Text.of(['x', 'y', 'z'])
    );
    const changes = merge.Chunk.build(before, typed, config);
    expect(changes).toHaveLength(1);
    const moved = merge.Chunk.build(a, typed, config);
    expect(count.of(moved, a, typed)).toEqual(moved.map(chunk => changeOf(chunk, a, typed)));
  });
});
