import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDiffChange } from './diffView';

/** Which of the changes of a proposal it is, and how large: "Change 2 of 5: 3 lines removed, 4 added". */
export function position(
  changes: readonly IDiffChange[],
  index: number,
  trans: TranslationBundle
): string {
  if (!changes.length) {
    return trans.__('No difference left');
  }
  const shown = Math.min(Math.max(0, index), changes.length - 1);
  const { removed, added } = changes[shown];
  const parts = [];
  if (removed) {
    parts.push(trans._n('%1 line removed', '%1 lines removed', removed));
  }
  if (added) {
    parts.push(
      removed ? trans.__('%1 added', added) : trans._n('%1 line added', '%1 lines added', added)
    );
  }
  const lines = parts.join(', ');
  return changes.length === 1
    ? trans.__('Proposed change: %1', lines)
    : trans.__('Change %1 of %2: %3', shown + 1, changes.length, lines);
}
