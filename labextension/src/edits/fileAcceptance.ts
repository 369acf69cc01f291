import type { TranslationBundle } from '@jupyterlab/translation';
import { asProblem } from '../threads/api';
import type { IAction } from '../threads/tokens';
import type { FileReview } from './fileReview';
import { IFileText, OpenFiles, withLineEndsOf, withLineFeeds } from './openFiles';
import { editOf } from './proposed';

/** With what a change of a file is accepted; without any of it, as it was proposed. */
export interface IFileAcceptance {
  /** What the file is to hold, when the user has reviewed it to become something else. */
  readonly text?: string;
  /** What it holds now, when that is not what the change was made for. */
  readonly base?: string;
}

/**
 * Find out with what a change of a file can be accepted: as its review holds it by now, for the file as it is now. Null
 * when it cannot be; then `refuse` was told why, and nothing has been done.
 *
 * What the user has typed in an editor and not saved is never written over. Where the review is in that editor, the
 * user has seen both together, and it is saved first.
 */
export async function fileAcceptance(
  files: OpenFiles,
  action: IAction,
  review: FileReview | undefined,
  refuse: (message: string, remedy: string) => void,
  trans: TranslationBundle
): Promise<IFileAcceptance | null> {
  const body = editOf(action);
  const editor = review?.editor;
  let file: IFileText | null;
  try {
    file = await files.read(body.path);
    if (file?.unsaved && editor?.context.localPath === body.path && file.text === review!.source) {
      await editor.context.save();
      file = await files.read(body.path);
    }
  } catch (reason) {
    const { message, remedy } = asProblem(reason);
    refuse(message, remedy || trans.__('Nothing was applied.'));
    return null;
  }
  if (!file && !body.creates) {
    refuse(
      trans.__('%1 is not there any more; nothing was applied.', body.path),
      trans.__('If it was renamed, ask for the change under its new name.')
    );
    return null;
  }
  if (file?.unsaved) {
    refuse(
      trans.__('%1 has changes that are not saved; nothing was applied.', body.path),
      trans.__('Save the file, or undo the changes, then accept again.')
    );
    return null;
  }
  if (!review) {
    return {};
  }
  const now = file?.text ?? '';
  if (now !== review.source) {
    review.move(now);
    refuse(
      trans.__(
        '%1 has changed; what is shown is the proposal for the file as it is now.',
        body.path
      ),
      trans.__('Look at it, then accept again.')
    );
    return null;
  }
  const moved = now !== withLineFeeds(body.before);
  if (!moved && review.proposal === withLineFeeds(body.after)) {
    return {};
  }
  return {
    text: withLineEndsOf(body.before, review.proposal),
    base: moved ? withLineEndsOf(body.before, now) : undefined
  };
}
