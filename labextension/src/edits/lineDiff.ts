import type * as merge from '@codemirror/merge';
import { narrowest } from '../notebooks/operations';
import { atOnce, inSlices } from './slices';

type Merge = Pick<typeof merge, 'Change' | 'diff' | 'presentableDiff'>;

/** How two texts are compared, and the same ahead of time. */
export interface ILineDiff extends merge.DiffConfig {
  /** Compare two texts a few milliseconds at a time; who asks for the difference of the same two next has it at once. */
  prepare(a: string, b: string): Promise<readonly merge.Change[]>;
}

/** Lines `a1` to `a2` of one text against lines `b1` to `b2` of the other, from 0, ends excluded. */
export interface IRange {
  readonly a1: number;
  readonly a2: number;
  readonly b1: number;
  readonly b2: number;
}

/** From this many lines on, lines that occur once on both sides are looked for first. */
const LONG = 64;
/** Lines after which the page may do something else. */
const STEP = 1000;
/** Depth of the library's search between two such lines; beyond it, the difference is coarser than it could be. */
const SCAN = 500;
/** Milliseconds that may go into finding what has changed within lines; the rest is marked as whole lines. */
const WITHIN_LINES = 12;
/** The same where the work is spread over several tasks. */
const WITHIN_LINES_AHEAD = 60;
/** Characters of a change, on either side, that is looked at more closely. */
const LARGEST = 4000;

/**
 * How two texts are compared, for `@codemirror/merge`: first by lines, then by characters within the lines that differ.
 *
 * The library compares by characters throughout, which takes seconds for a long file with many changes, or, limited as
 * it is in its views, takes all of them for one. Long stretches are split at lines that occur once on both sides (the
 * patience rule of Bram Cohen); between those the library searches, each line standing for one character.
 */
export function lineDiff(library: Merge): ILineDiff {
  let last: { a: string; b: string; changes: readonly merge.Change[] } | null = null;
  return {
    override: (a, b) => {
      if (last?.a !== a || last.b !== b) {
        last = { a, b, changes: atOnce(changesOf(library, a, b, WITHIN_LINES)) };
      }
      return last.changes;
    },
    prepare: async (a, b) => {
      const changes = await inSlices(changesOf(library, a, b, WITHIN_LINES_AHEAD));
      last = { a, b, changes };
      return changes;
    }
  };
}

/** The lines in which two texts differ, found a few milliseconds at a time. */
export function differentLines(
  library: Pick<Merge, 'diff'>,
  a: readonly string[],
  b: readonly string[]
): Promise<readonly IRange[]> {
  return inSlices(rangesOf(library, a, b));
}

function* changesOf(
  library: Merge,
  a: string,
  b: string,
  withinLines: number
): Generator<void, merge.Change[]> {
  // What both begin and end with needs no look, but for a line on either side of what differs.
  const { start, end } = narrowest(a, b);
  const line = start ? a.lastIndexOf('\n', start - 1) + 1 : 0;
  const from = line > 1 ? a.lastIndexOf('\n', line - 2) + 1 : 0;
  const to = lineEnd(a, Math.min(lineEnd(a, end) + 1, a.length));
  yield;
  const within = changesBetween(
    library,
    a.slice(from, to),
    b.slice(from, to + b.length - a.length),
    withinLines
  );
  const moved = ({ fromA, toA, fromB, toB }: merge.Change) =>
    new library.Change(fromA + from, toA + from, fromB + from, toB + from);
  return pastEmptyLines(library, (yield* within).map(moved), a, b);
}

/**
 * The library takes a change that begins at an empty line of both sides for one of the lines below that, and then shows,
 * accepts and rejects one line too few. Such a change is told as the equal one that begins a line later.
 */
function pastEmptyLines(
  library: Merge,
  changes: readonly merge.Change[],
  a: string,
  b: string
): merge.Change[] {
  return changes.map((change, index) => {
    const next = changes.at(index + 1);
    let { fromA, toA, fromB, toB } = change;
    while (isEmptyLine(a, fromA) && isEmptyLine(b, fromB)) {
      if (fromA === toA || fromB === toB) {
        const free = !next || (toA < next.fromA && toB < next.fromB);
        if (!free || a[toA] !== '\n' || b[toB] !== '\n') {
          break;
        }
        toA++;
        toB++;
      }
      fromA++;
      fromB++;
    }
    return fromA === change.fromA ? change : new library.Change(fromA, toA, fromB, toB);
  });
}

function isEmptyLine(text: string, at: number): boolean {
  return text[at] === '\n' && (at === 0 || text[at - 1] === '\n');
}

function lineEnd(text: string, position: number): number {
  const next = text.indexOf('\n', position);
  return next < 0 ? text.length : next;
}

function* changesBetween(
  library: Merge,
  a: string,
  b: string,
  withinLines: number
): Generator<void, merge.Change[]> {
  const linesA = a.split('\n');
  yield;
  const linesB = b.split('\n');
  yield;
  const startsA = startsOf(linesA);
  const startsB = startsOf(linesB);
  yield;
  const ranges = yield* rangesOf(library, linesA, linesB);
  let spent = 0;
  const changes: merge.Change[] = [];
  for (const range of ranges) {
    yield;
    // The line end before a range that begins behind the last line of one side belongs to it.
    const behind = range.a1 === linesA.length || range.b1 === linesB.length;
    const shift = behind && range.a1 > 0 && range.b1 > 0 ? 1 : 0;
    const fromA = startsA[range.a1] - shift;
    const fromB = startsB[range.b1] - shift;
    const toA = Math.min(startsA[range.a2] - shift, a.length);
    const toB = Math.min(startsB[range.b2] - shift, b.length);
    const close =
      range.a1 < range.a2 &&
      range.b1 < range.b2 &&
      toA - fromA <= LARGEST &&
      toB - fromB <= LARGEST &&
      spent < withinLines;
    if (!close) {
      changes.push(new library.Change(fromA, toA, fromB, toB));
      continue;
    }
    const started = performance.now();
    const within = library.presentableDiff(a.slice(fromA, toA), b.slice(fromB, toB), {
      scanLimit: SCAN
    });
    spent += performance.now() - started;
    for (const change of within) {
      changes.push(
        new library.Change(
          fromA + change.fromA,
          fromA + change.toA,
          fromB + change.fromB,
          fromB + change.toB
        )
      );
    }
  }
  return changes;
}

/** Where each line begins, and where one after the last would. */
function startsOf(lines: readonly string[]): number[] {
  const starts = [0];
  for (const line of lines) {
    starts.push(starts[starts.length - 1] + line.length + 1);
  }
  return starts;
}

/** The ranges of lines that differ, in order. */
function* rangesOf(
  library: Pick<Merge, 'diff'>,
  a: readonly string[],
  b: readonly string[]
): Generator<void, IRange[]> {
  const codes = new Map<string, number>();
  const codesA = yield* coded(codes, a);
  const codesB = yield* coded(codes, b);
  let [a1, b1] = [0, 0];
  let [a2, b2] = [a.length, b.length];
  while (a1 < a2 && b1 < b2 && codesA[a1] === codesB[b1]) {
    a1++;
    b1++;
  }
  while (a1 < a2 && b1 < b2 && codesA[a2 - 1] === codesB[b2 - 1]) {
    a2--;
    b2--;
  }
  const ranges: IRange[] = [];
  const anchors =
    a2 - a1 + b2 - b1 > LONG ? yield* uniquePairs(codesA, codesB, { a1, a2, b1, b2 }) : [];
  for (const [x, y] of [...anchors, [a2, b2]]) {
    search(library, codesA, codesB, { a1, a2: x, b1, b2: y }, ranges);
    yield;
    a1 = x + 1;
    b1 = y + 1;
  }
  return ranges;
}

function search(
  { diff }: Pick<Merge, 'diff'>,
  a: readonly number[],
  b: readonly number[],
  { a1, a2, b1, b2 }: IRange,
  ranges: IRange[]
): void {
  if (a1 === a2 && b1 === b2) {
    return;
  }
  if (a1 === a2 || b1 === b2) {
    ranges.push({ a1, a2, b1, b2 });
    return;
  }
  const texts = asTexts(a.slice(a1, a2), b.slice(b1, b2));
  if (!texts) {
    ranges.push({ a1, a2, b1, b2 });
    return;
  }
  const found = diff(...texts, { scanLimit: SCAN });
  for (const { fromA, toA, fromB, toB } of found) {
    ranges.push({ a1: a1 + fromA, a2: a1 + toA, b1: b1 + fromB, b2: b1 + toB });
  }
}

/** Each different line as a number, by the numbers that lines have already. */
function* coded(codes: Map<string, number>, lines: readonly string[]): Generator<void, number[]> {
  const found: number[] = [];
  for (const line of lines) {
    const known = codes.get(line) ?? codes.size;
    codes.set(line, known);
    found.push(known);
    if (found.length % STEP === 0) {
      yield;
    }
  }
  return found;
}

/** Numbers as texts with one code unit for each; null when there are more different ones than code units. */
function asTexts(a: readonly number[], b: readonly number[]): [string, string] | null {
  const units = new Map<number, string>();
  const text = (codes: readonly number[]): string => {
    let written = '';
    for (const code of codes) {
      let unit = units.get(code);
      if (unit === undefined) {
        // Halves of characters beyond 0xffff would not be taken apart.
        const next = units.size < 0xd800 ? units.size : units.size + 0x800;
        units.set(code, (unit = String.fromCharCode(next)));
      }
      written += unit;
    }
    return written;
  };
  const texts: [string, string] = [text(a), text(b)];
  return units.size <= 0xf800 ? texts : null;
}

/** Lines that occur once in each stretch, thinned to the longest run that rises on both sides. */
function* uniquePairs(
  a: readonly number[],
  b: readonly number[],
  { a1, a2, b1, b2 }: IRange
): Generator<void, [number, number][]> {
  const once = (codes: readonly number[], from: number, to: number): Map<number, number> => {
    const places = new Map<number, number>();
    for (let index = from; index < to; index++) {
      places.set(codes[index], places.has(codes[index]) ? -1 : index);
    }
    return places;
  };
  const inB = once(b, b1, b2);
  yield;
  const inA = once(a, a1, a2);
  yield;
  const pairs: [number, number][] = [];
  inA.forEach((x, code) => {
    const y = inB.get(code) ?? -1;
    if (x >= 0 && y >= 0) {
      pairs.push([x, y]);
    }
  });
  yield;
  pairs.sort((one, other) => one[0] - other[0]);
  yield;
  // Patience sorting: the last pair of the best run of each length.
  const ends: number[] = [];
  const before: number[] = [];
  pairs.forEach(([, y], index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[ends[middle]][1] < y) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    before[index] = low ? ends[low - 1] : -1;
    ends[low] = index;
  });
  const run: [number, number][] = [];
  for (let at = ends.length ? ends[ends.length - 1] : -1; at >= 0; at = before[at]) {
    run.push(pairs[at]);
  }
  return run.reverse();
}
