import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { asProblem } from '../threads/api';
import type { IAction } from '../threads/tokens';
import type { FileReview } from './fileReview';
import { IFileText, OpenFiles, withLineEndsOf, withLineFeeds } from './openFiles';
import { editOf } from './proposed';
import type { IReviewedTexts } from './shownDiff';

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
 * What the user has typed in an editor and not saved is never written over. Where the review shows it, the user has seen
 * both together, and it is saved first. `draft` is what became of the proposal in a review that is closed.
 */
export async function fileAcceptance(
  files: OpenFiles,
  action: IAction,
  review: FileReview | undefined,
  draft: IReviewedTexts | null,
  refuse: (message: string, remedy: string) => void,
  trans: TranslationBundle
): Promise<IFileAcceptance | null> {
  const body = editOf(action);
  const text = review?.text;
  // To read the file may be to show in its editor what another program has written.
  const seen = (review ?? draft)?.source;
  let file: IFileText | null;
  try {
    file = await files.read(body.path);
    if (file?.unsaved && text && file.text === seen) {
      await text.widget.context.save();
      file = await files.read(body.path);
    }
  } catch (reason) {
    if (reason instanceof ServerConnection.NetworkError) {
      refuse(
        trans.__('The server cannot be reached; nothing was applied.'),
        trans.__('Accept again when it is back.')
      );
      return null;
    }
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
  const now = file?.text ?? '';
  if (file?.unsaved && (!review || now === seen)) {
    refuse(
      trans.__('%1 has changes that are not saved; nothing was applied.', body.path),
      trans.__('Save the file, or undo the changes, then accept again.')
    );
    return null;
  }
  const reviewed = review ?? draft;
  if (!reviewed) {
    return {};
  }
  if (now !== seen) {
    if (review) {
      review.move(now);
      refuse(
        trans.__(
          '%1 has changed; what is shown is the proposal for the file as it is now.',
          body.path
        ),
        trans.__('Look at it, then accept again.')
      );
    } else {
      refuse(
        trans.__('%1 has changed since you reviewed it; nothing was applied.', body.path),
        trans.__('Review the change again, then accept it.')
      );
    }
    return null;
  }
  const moved = now !== withLineFeeds(body.before);
  if (!moved && reviewed.proposal === withLineFeeds(body.after)) {
    return {};
  }
  return {
    text: withLineEndsOf(body.before, reviewed.proposal),
    base: moved ? withLineEndsOf(body.before, now) : undefined
  };
}
