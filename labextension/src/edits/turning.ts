import type { Change } from '@codemirror/merge';
import type { ITextChange } from './diffView';

/**
 * Changes, and characters, that are brought in with one step. The first steps are small: where a view has drawn the text around
 * an end of a step, and is not seen now, it draws the whole step.
 */
const FIRST_CHANGES = 16;
const CHANGES = 500;
const CHARACTERS = 50_000;

/**
 * Turn `proposal` into `original` from the front, some of the changes between them at a time. Each step is to be made in the
 * text that the steps before it have left.
 */
export function* turningInto(
  original: string,
  proposal: string,
  changes: readonly Pick<Change, 'fromA' | 'toA' | 'fromB' | 'toB'>[]
): Generator<ITextChange> {
  let first = 0;
  while (first < changes.length) {
    const { fromA, fromB } = changes[first];
    const most = Math.min(Math.max(first, FIRST_CHANGES), CHANGES);
    let next = first + 1;
    while (next < changes.length && next - first < most && changes[next].toA - fromA < CHARACTERS) {
      next++;
    }
    // What stands between two changes is the same in both texts.
    const { toA, toB } = changes[next - 1];
    yield { from: fromA, to: fromA + toB - fromB, insert: original.slice(fromA, toA) };
    first = next;
  }
}
