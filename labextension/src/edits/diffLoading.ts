import type * as merge from '@codemirror/merge';
import type { LanguageSupport } from '@codemirror/language';
import type { DiffLayout, IDiffView } from './diffView';
import { ILineDiff, lineDiff } from './lineDiff';
import { IPaneServices, languageOf } from './pane';
import type { Compare } from './rebase';
import { nextTask } from './slices';
import type { SplitDiff } from './split';
import type { IDiffOptions, UnifiedDiff } from './unified';

/** Characters, of both texts, from which on the work is spread over several tasks. */
export const LONG = 100_000;

/** Characters that go at one place from which on the texts are shown side by side: a view draws no line that is not seen, but
 * in one text all that goes is drawn. */
const DENSE = 25_000;

/** What a view of a difference is made of, loaded when the first one is shown. */
export interface IDiffParts {
  readonly merge: typeof merge;
  readonly language: LanguageSupport | null;
  readonly diffConfig: ILineDiff;
  readonly compare: Compare;
  readonly Unified: typeof UnifiedDiff;
  readonly Split: typeof SplitDiff;
}

/** Load what the first diff needs before there is one. */
export async function prefetch(): Promise<void> {
  await Promise.all([import('@codemirror/merge'), import('./unified'), import('./split')]);
}

export async function loadParts(panes: IPaneServices, mimeType: string): Promise<IDiffParts> {
  const [language, library, { UnifiedDiff }, { SplitDiff }] = await Promise.all([
    languageOf(panes, mimeType),
    import('@codemirror/merge'),
    import('./unified'),
    import('./split')
  ]);
  const diffConfig = lineDiff(library);
  return {
    merge: library,
    language,
    diffConfig,
    compare: (a, b) => library.Chunk.build(a, b, diffConfig),
    Unified: UnifiedDiff,
    Split: SplitDiff
  };
}

/** Make a view of the difference of two texts; of long ones in several tasks, so that none takes long. */
export async function makeDiff(
  { Unified, Split, ...parts }: IDiffParts,
  layout: DiffLayout,
  options: Omit<IDiffOptions, 'merge' | 'language' | 'diffConfig'>
): Promise<IDiffView> {
  const { original, proposal } = options;
  const long = original.length + proposal.length > LONG;
  const pause = long ? nextTask : () => Promise.resolve();
  const changes = long ? await parts.diffConfig.prepare(original, proposal) : [];
  const dense = changes.some(({ fromA, toA }) => toA - fromA > DENSE);
  await pause();
  const Diff = dense || layout === 'split' ? Split : Unified;
  return Diff.make({ ...options, ...parts }, pause);
}
