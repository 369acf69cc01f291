import { Text } from '@codemirror/state';
import type { Chunk } from '@codemirror/merge';
import { narrowest } from '../notebooks/operations';

/** Two texts compared by lines: `Chunk.build` of `@codemirror/merge`, which is loaded when it is first needed. */
export type Compare = (a: Text, b: Text) => readonly Chunk[];

export interface IRebased {
  /** The user's text with every change of the proposal that still fits. */
  text: string;
  /** Changes of the proposal that were left out, because the user has changed the same lines. */
  left: number;
}

/**
 * Put a proposal onto a text that has moved on since the proposal was made.
 *
 * Both are compared with `base` by lines. A change of the proposal fits when the user has touched none of its lines;
 * lines next to it are no obstacle, but two insertions at one place are, for their order would be a guess. Where both
 * made the very same change it is there already. The user's text is never given up. `known` are the changes between `base`
 * and the proposal, where these have been found already.
 */
export function rebase(
  base: string,
  current: string,
  proposal: string,
  compare: Compare,
  known: readonly Chunk[] | null = null
): IRebased {
  if (current === base) {
    return { text: proposal, left: 0 };
  }
  if (current === proposal) {
    return { text: current, left: 0 };
  }
  // With a line end after each line, the last one too, a range of lines is a range of text.
  const [baseText, currentText, proposalText] = [base, current, proposal].map(text => `${text}\n`);
  const baseDoc = asDocument(baseText);
  const user = compare(baseDoc, asDocument(currentText));
  // A change at the very end is another one with the line end.
  const ends = known?.length ? known[known.length - 1].toA > base.length : false;
  const proposed = known && !ends ? known : compare(baseDoc, asDocument(proposalText));
  let text = '';
  let from = 0;
  let left = 0;
  for (const change of proposed) {
    const replacement = proposalText.slice(change.fromB, change.toB);
    const obstacle = user.find(other => overlaps(change, other));
    if (!obstacle) {
      // In the user's text its lines are the same, only further up or down.
      const shift = user
        .filter(other => other.toA <= change.fromA)
        .reduce((sum, other) => sum + (other.toB - other.fromB) - (other.toA - other.fromA), 0);
      text += currentText.slice(from, change.fromA + shift) + replacement;
      from = change.toA + shift;
    } else if (
      obstacle.fromA !== change.fromA ||
      obstacle.toA !== change.toA ||
      currentText.slice(obstacle.fromB, obstacle.toB) !== replacement
    ) {
      left++;
    }
  }
  text += currentText.slice(from);
  return { text: text.slice(0, -1), left };
}

/** The same where `known`, the changes between `base` and the proposal, is known; at once where little was typed. */
export function rebaseKnown(
  base: string,
  current: string,
  proposal: string,
  compare: Compare,
  known: readonly Chunk[]
): IRebased {
  return (
    rebaseNear(base, current, proposal, compare, known) ??
    rebase(base, current, proposal, compare, known)
  );
}

/**
 * The same by the lines where the source differs from `base` and the changes of the proposal next to them, without
 * comparing the whole texts anew; null at the end of a text, where lines have no ends to go by. `proposed` are the changes
 * between `base` and the proposal, in order.
 */
export function rebaseNear(
  base: string,
  current: string,
  proposal: string,
  compare: Compare,
  proposed: readonly Lines[]
): IRebased | null {
  const { start, end, text } = narrowest(base, current);
  let from = start ? base.lastIndexOf('\n', start - 1) + 1 : 0;
  const next = base.indexOf('\n', end);
  if (next < 0) {
    return null;
  }
  let to = next + 1;
  const first = firstFrom(proposed, change => change.toA >= from);
  const after = firstFrom(proposed, change => change.fromA > to);
  if (first < after) {
    from = Math.min(from, proposed[first].fromA);
    to = Math.max(to, proposed[after - 1].toA);
  }
  if (to > base.length) {
    return null;
  }
  const shiftAt = (index: number) =>
    index ? proposed[index - 1].toB - proposed[index - 1].toA : 0;
  const [fromB, toB] = [from + shiftAt(first), to + shiftAt(after)];
  const grown = text.length - (end - start);
  const near = rebase(
    base.slice(from, to),
    current.slice(from, to + grown),
    proposal.slice(fromB, toB),
    compare
  );
  return { text: proposal.slice(0, fromB) + near.text + proposal.slice(toB), left: near.left };
}

type Lines = Pick<Chunk, 'fromA' | 'toA' | 'toB'>;

/** Of changes in order, the index of the first that is as wanted, as all after it are. */
function firstFrom(changes: readonly Lines[], wanted: (change: Lines) => boolean): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (wanted(changes[middle])) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

export function asDocument(text: string): Text {
  return Text.of(text.split('\n'));
}

function overlaps(a: Chunk, b: Chunk): boolean {
  const aEmpty = a.fromA === a.toA;
  const bEmpty = b.fromA === b.toA;
  if (aEmpty && bEmpty) {
    return a.fromA === b.fromA;
  }
  if (aEmpty || bEmpty) {
    const [point, range] = aEmpty ? [a.fromA, b] : [b.fromA, a];
    return point > range.fromA && point < range.toA;
  }
  return a.fromA < b.toA && b.fromA < a.toA;
}
