import { Token } from '@lumino/coreutils';
import type { FileWidget } from '../notebooks/binding';
import { IThread } from '../threads/tokens';

/** The reviews of proposed changes that are shown in the cells, and those of files in tabs. */
export interface IReviews {
  /** Load what a review needs before there is one. */
  prefetch(): Promise<void>;
  /** Accept an action: what its review holds by now, or the proposal itself when no review is shown. */
  accept(thread: IThread, action: string, run: boolean): void;
  /** Whether some of an action's changes would be left out, as the user has changed their lines: its review tells so. */
  leavesOut(action: string): boolean;
  /** Bring the review of an action into view and move the focus to it; false when none is shown. */
  focus(action: string): boolean;
  /**
   * Show the review of a change of a file, in an editor of the file or in a tab of its own; false when there is nothing to
   * review. One that is shown already stays where it is.
   */
  openFile(
    thread: IThread,
    action: string,
    activate?: boolean,
    editor?: FileWidget | null
  ): Promise<boolean>;
}

export const IReviews = new Token<IReviews>(
  'jupyter-townie:IReviews',
  'The reviews of proposed changes that are shown in the cells.'
);
