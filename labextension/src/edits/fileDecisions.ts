import type { TranslationBundle } from '@jupyterlab/translation';
import { asProblem } from '../threads/api';
import { IAction, IThread, ITownie } from '../threads/tokens';
import { fileAcceptance } from './fileAcceptance';
import type { FileReview } from './fileReview';
import type { OpenFiles } from './openFiles';
import { editOf } from './proposed';
import type { ReviewDrafts } from './reviewDrafts';

export interface IFileDecisionServices {
  townie: ITownie;
  files: OpenFiles;
  drafts: ReviewDrafts;
  trans: TranslationBundle;
}

/** What becomes of changes of files that the user has decided on: in the log, and in the editors of the files. */
export class FileDecisions {
  constructor(private _services: IFileDecisionServices) {}

  /** Accept what a review holds by now, or held, or the change itself; not over what the user has not saved. */
  async accept(thread: IThread, action: IAction, review: FileReview | undefined): Promise<void> {
    const { files, townie, drafts, trans } = this._services;
    const { id } = action;
    const refuse = (message: string, remedy: string) => {
      if (review) {
        review.say(`${message} ${remedy}`);
      } else {
        townie.notify({ code: 'file_changed', message, remedy }, 'warning');
      }
    };
    const accepted = await fileAcceptance(files, action, review, drafts.of(id), refuse, trans);
    if (accepted) {
      this._accepted.add(id);
      thread.decide(id, 'accept', accepted.text, '', accepted.base);
      review?.sent();
    }
  }

  /** What was accepted could not be applied. */
  refused({ id }: IAction): void {
    this._accepted.delete(id);
  }

  /** A file was written: its editor shows it, unless the user has typed something else there meanwhile. */
  async written(action: IAction): Promise<void> {
    const { files, townie, trans } = this._services;
    const { path, before, after, creates, deletes } = editOf(action);
    const accepted = this._accepted.delete(action.id);
    if (creates || deletes) {
      return;
    }
    try {
      const refreshed = await files.refresh(path, action.state === 'done' ? before : after);
      // What an old log tells, or another page has done, needs no message here.
      if (!refreshed && accepted) {
        townie.notify(
          {
            code: 'file_changed',
            message: trans.__('%1 was changed on disk; your editor keeps what you typed.', path),
            remedy: trans.__('JupyterLab will ask which of the two to keep when you save.')
          },
          'warning'
        );
      }
    } catch (reason) {
      townie.notify(asProblem(reason), 'error');
    }
  }

  /** What was accepted in this page and is being applied. */
  private _accepted = new Set<string>();
}
