import type * as merge from '@codemirror/merge';
import type { LanguageSupport } from '@codemirror/language';
import type { DiffLayout, IDiffView } from './diffView';
import { ILineDiff, lineDiff } from './lineDiff';
import { IPaneServices, languageOf } from './pane';
import type { Compare } from './rebase';
import { nextFrame, nextTask } from './slices';
import type { SplitDiff } from './split';
import { turningInto } from './turning';
import type { IDiffOptions, UnifiedDiff } from './unified';

/** Characters, of both texts, from which on the work is spread over several tasks. */
const LONG = 100_000;

/** Characters that go at one place from which on the texts are shown side by side: a view draws no line that is not seen, but
 * in one text all that goes is drawn. */
const DENSE = 25_000;

/** Changes from which on a view is made of them bit by bit. Lines are not wrapped in it, as their heights would have to be guessed
 * one by one, and nothing is folded away: between so many changes there is hardly a long stretch. */
const MANY = 1000;

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

/**
 * Make a view of the difference of two texts; of long ones in several tasks, so that none takes long. `stage` puts one that is
 * not finished where it will stand, unseen: both of its texts have to know the height of a line before they are aligned.
 */
export async function makeDiff(
  { Unified, Split, ...parts }: IDiffParts,
  layout: DiffLayout,
  options: Omit<IDiffOptions, 'merge' | 'language' | 'diffConfig' | 'evenLines'>,
  stage: (node: HTMLElement) => void
): Promise<IDiffView> {
  const { original, proposal } = options;
  const pause = pauseFor(original, proposal);
  const changes = isLong(original, proposal)
    ? await parts.diffConfig.prepare(original, proposal)
    : [];
  const dense = changes.some(({ fromA, toA }) => toA - fromA > DENSE);
  await pause();
  const Diff = dense || layout === 'split' ? Split : Unified;
  if (changes.length <= MANY) {
    return Diff.make({ ...options, ...parts, evenLines: false }, pause);
  }
  const config = { ...options.config, lineWrap: false };
  const diff = await Diff.make(
    { ...options, ...parts, config, evenLines: true, collapse: false, original: proposal },
    pause
  );
  await pause();
  stage(diff.node);
  await nextFrame();
  for (const step of turningInto(original, proposal, changes)) {
    await pause();
    diff.changeOriginal(step);
  }
  await pause();
  return diff;
}

/** Whether the work for the difference of two texts is spread over several tasks. */
export function isLong(a: string, b: string): boolean {
  return a.length + b.length > LONG;
}

/** What is waited for between the steps of that work. */
export function pauseFor(a: string, b: string): () => Promise<void> {
  return isLong(a, b) ? nextTask : () => Promise.resolve();
}
