import * as merge from '@codemirror/merge';
import { Text } from '@codemirror/state';
import { describe, expect, it } from 'vitest';
import { lineDiff } from '../../src/edits/lineDiff';

const config = lineDiff(merge);

function chunks(a: string, b: string): readonly merge.Chunk[] {
  return merge.Chunk.build(Text.of(a.split('\n')), Text.of(b.split('\n')), config);
}

/** The second text, put together from the first one and what the changes take from the second. */
function rebuilt(a: string, b: string): string {
  let text = '';
  let from = 0;
  for (const { fromA, toA, fromB, toB } of merge.diff(a, b, config)) {
    text += a.slice(from, fromA) + b.slice(fromB, toB);
    from = toA;
  }
  return text + a.slice(from);
}

/** A file of many lines of which every `each`th is changed. */
function long(lines: number, each: number): [string, string] {
  const a = Array.from({ length: lines }, (_, index) => `value_${index} = compute(${index})`);
  const b = a.map((line, index) => (index % each ? line : line.replace('compute', 'calculate')));
  return [a.join('\n'), b.join('\n')];
}

describe('lineDiff', () => {
  it('turns the first text into the second, wherever the change is', () => {
    const words = ['', 'a', 'b', 'c', 'a b'];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 2000; round++) {
      const text = () =>
        Array.from({ length: 1 + random(8) }, () => words[random(words.length)]).join('\n');
      const [a, b] = [text(), text()];
      expect(rebuilt(a, b), JSON.stringify([a, b])).toBe(b);
    }
  });

  it('leaves only equal lines outside of the changes, wherever the empty lines are', () => {
    const words = ['', '', 'a', 'b', 'x = 1'];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    const word = () => words[random(words.length)];
    for (let round = 0; round < 2000; round++) {
      const lines = Array.from({ length: random(12) }, word);
      const a = lines.join('\n');
      const b = lines
        .flatMap(line => [[], [line, word()], [line], [line], [line], [line]][random(6)])
        .join('\n');
      let [atA, atB] = [0, 0];
      for (const { fromA, toA, fromB, toB } of chunks(a, b)) {
        expect(a.slice(atA, fromA), JSON.stringify([a, b])).toBe(b.slice(atB, fromB));
        [atA, atB] = [toA, toB];
      }
      expect(a.slice(atA), JSON.stringify([a, b])).toBe(b.slice(atB));
    }
  });

  it('keeps 2,000 changes of 20,000 lines apart', () => {
    const [a, b] = long(20_000, 10);
    expect(chunks(a, b)).toHaveLength(2000);
    expect(rebuilt(a, b)).toBe(b);
  });

  it('finds the place of 2,000 changes among lines that are all alike', () => {
    const a = Array.from({ length: 4000 }, (_, index) => (index % 2 ? '}' : 'open {')).join('\n');
    const b = a.replace(/open/g, 'opened');
    expect(rebuilt(a, b)).toBe(b);
  });

  it('compares 20,000 lines with 2,000 changes in a small part of the seconds that characters take', () => {
    const [a, b] = long(20_000, 10);
    chunks(a, b);
    const started = performance.now();
    chunks(a, b);
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('finds the same ahead of time, in many short tasks', async () => {
    const [a, b] = long(20_000, 2);
    const ahead = lineDiff(merge);
    let tasks = 0;
    const timer = setInterval(() => tasks++);
    const changes = await ahead.prepare(a, b);
    clearInterval(timer);
    expect(tasks).toBeGreaterThan(0);
    expect(ahead.override!(a, b)).toBe(changes);
    expect(changes.length).toBeGreaterThanOrEqual(10_000);
    expect(changes.map(({ fromA, toA }) => a.slice(fromA, toA)).join('')).not.toBe('');
  });

  it('marks what has changed within a line', () => {
    const [chunk] = chunks('price = 10', 'price = 12');
    expect(chunk.changes).toHaveLength(1);
    expect(chunk.changes[0].fromA).toBeGreaterThanOrEqual(8);
  });
});
