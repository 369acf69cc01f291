import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { EditAction } from '../protocol';
import { asProblem } from '../threads/api';
import { IAction, IThread, ITownie } from '../threads/tokens';
import type { DiffLayout } from './diffView';
import { FileReview } from './fileReview';
import { IFileText, OpenFiles, withLineEndsOf, withLineFeeds } from './openFiles';
import type { IPaneServices } from './pane';

export interface IFileReviewServices {
  shell: JupyterFrontEnd.IShell;
  townie: ITownie;
  files: OpenFiles;
  panes: IPaneServices;
  trans: TranslationBundle;
  onKey: (event: KeyboardEvent) => void;
}

/** The reviews of changes of files, each in a tab; and what the user's editors have to do with them. */
export class FileReviews implements IDisposable {
  constructor(private _services: IFileReviewServices) {
    _services.townie.changed.connect((_, { thread, change }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      if (action && isOfFile(action)) {
        this._see(action);
      }
    }, this);
  }

  get layout(): DiffLayout {
    return this._layout;
  }
  set layout(layout: DiffLayout) {
    this._layout = layout;
    this._shown.forEach(review => review.setDiffLayout(layout));
  }

  /** The review in front, if one is. */
  get current(): FileReview | undefined {
    const { currentWidget } = this._services.shell;
    return currentWidget instanceof FileReview ? currentWidget : undefined;
  }

  /** The change of a file that was proposed last and waits. */
  get waiting(): { thread: IThread; action: string } | null {
    let latest: { thread: IThread; action: string; time: number } | null = null;
    for (const thread of this._services.townie.threads) {
      for (const turn of thread.turns) {
        for (const action of turn.actions) {
          const { time } = turn.started;
          if (isOfFile(action) && isOpen(action) && (!latest || time >= latest.time)) {
            latest = { thread, action: action.id, time };
          }
        }
      }
    }
    return latest;
  }

  /** Show a review; false when there is nothing to review. */
  async open(thread: IThread, id: string, activate = true): Promise<boolean> {
    const action = thread.action(id);
    if (!action || !isOfFile(action) || !isOpen(action)) {
      return false;
    }
    const { shell, files, townie, panes, trans, onKey } = this._services;
    const body = action.body as EditAction;
    let review = this._shown.get(id);
    if (!review) {
      let file: IFileText | null;
      try {
        file = await files.read(body.path);
      } catch (reason) {
        townie.notify(asProblem(reason), 'error');
        return false;
      }
      // Another request may have opened it while the file was read.
      review = this._shown.get(id);
      if (!review) {
        review = new FileReview({
          body,
          source: file?.text ?? '',
          layout: this._layout,
          inline: thread.turn(action.turn)?.started.purpose === 'edit',
          panes,
          trans,
          onKey
        });
        this._shown.set(id, review);
        review.disposed.connect(() => this._shown.delete(id));
        review.decided.connect((_, choice) => {
          if (choice === 'accept') {
            void this.accept(thread, id);
          } else if (choice === 'reject') {
            thread.decide(id, 'reject');
          } else {
            this._reveal(body.path);
          }
        });
        shell.add(review, 'main', { activate: false });
      }
    }
    if (activate) {
      shell.activateById(review.id);
    }
    return true;
  }

  /** Accept what the review of a change holds by now, or the change itself; not over what the user has not saved. */
  async accept(thread: IThread, id: string): Promise<void> {
    const { files, townie, trans } = this._services;
    const action = thread.action(id);
    if (!action || !isOfFile(action) || !isOpen(action)) {
      return;
    }
    const body = action.body as EditAction;
    const review = this._shown.get(id);
    const refuse = (message: string, remedy: string) => {
      if (review) {
        review.say(`${message} ${remedy}`);
      } else {
        townie.notify({ code: 'file_changed', message, remedy }, 'warning');
      }
    };
    let file: IFileText | null;
    try {
      file = await files.read(body.path);
    } catch (reason) {
      townie.notify(asProblem(reason), 'error');
      return;
    }
    const before = withLineFeeds(body.before);
    const now = file?.text ?? '';
    if (file?.unsaved) {
      refuse(
        trans.__('%1 has changes that are not saved; nothing was applied.', body.path),
        trans.__('Save the file, or undo the changes, then accept again.')
      );
      return;
    }
    if (!review) {
      this._accepted.add(id);
      thread.decide(id, 'accept');
      return;
    }
    if (now !== review.source) {
      review.move(now);
      refuse(
        trans.__(
          '%1 has changed; what is shown is the proposal for the file as it is now.',
          body.path
        ),
        trans.__('Look at it, then accept again.')
      );
      return;
    }
    this._accepted.add(id);
    const changed = review.proposal !== withLineFeeds(body.after);
    const moved = now !== before;
    if (changed || moved) {
      const text = withLineEndsOf(body.before, review.proposal);
      thread.decide(id, 'accept', text, '', moved ? withLineEndsOf(body.before, now) : undefined);
    } else {
      thread.decide(id, 'accept');
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._shown.forEach(review => review.dispose());
    Signal.clearData(this);
  }

  private _see(action: IAction): void {
    const { trans } = this._services;
    const body = action.body as EditAction;
    const review = this._shown.get(action.id);
    switch (action.state) {
      case 'done':
        this._refresh(action.id, body, body.before);
        this._leave(review, body.path);
        break;
      case 'undone':
        this._refresh(action.id, body, body.after);
        this._leave(review, body.path);
        break;
      case 'rejected':
        this._leave(review, body.path);
        break;
      case 'failed':
      case 'conflict':
        this._accepted.delete(action.id);
        review?.say(action.message || trans.__('It could not be applied.'));
        break;
    }
  }

  /** A file was written: its editor shows it, unless the user has typed something else there meanwhile. */
  private _refresh(id: string, body: EditAction, shown: string): void {
    const { files, townie, trans } = this._services;
    const accepted = this._accepted.delete(id);
    if (body.creates || body.deletes) {
      return;
    }
    files
      .refresh(body.path, shown)
      .then(refreshed => {
        // What an old log tells, or another page has done, needs no message here.
        if (!refreshed && accepted) {
          townie.notify(
            {
              code: 'file_changed',
              message: trans.__(
                '%1 was changed on disk; your editor keeps what you typed.',
                body.path
              ),
              remedy: trans.__('JupyterLab will ask which of the two to keep when you save.')
            },
            'warning'
          );
        }
      })
      .catch(reason => townie.notify(asProblem(reason), 'error'));
  }

  private _leave(review: FileReview | undefined, path: string): void {
    if (review) {
      const inFront = this._services.shell.currentWidget === review;
      review.dispose();
      if (inFront) {
        this._reveal(path);
      }
    }
  }

  private _reveal(path: string): void {
    const widget = this._services.files.find(path);
    if (widget) {
      this._services.shell.activateById(widget.id);
    }
  }

  private _layout: DiffLayout = 'unified';
  private _shown = new Map<string, FileReview>();
  /** What was accepted in this page and is being applied. */
  private _accepted = new Set<string>();
  private _isDisposed = false;
}

function isOfFile({ body }: IAction): boolean {
  return body.kind === 'edit' && !body.cell_id;
}

function isOpen({ state }: IAction): boolean {
  return state === 'waiting' || state === 'conflict' || state === 'failed';
}
