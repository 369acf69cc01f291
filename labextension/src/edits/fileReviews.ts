import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import type { FileWidget } from '../notebooks/binding';
import { asProblem } from '../threads/api';
import { IAction, IThread, ITownie, ITurn } from '../threads/tokens';
import type { DiffLayout } from './diffView';
import { FileDecisions } from './fileDecisions';
import { FileChoice, FileReview } from './fileReview';
import { FileReviewPlaces } from './fileReviewPlaces';
import { IFileText, OpenFiles } from './openFiles';
import type { IPaneServices } from './pane';
import {
  editOf,
  IProposed,
  isInline,
  isOfFile,
  isOpen,
  proposedBy,
  writingId,
  writtenIn
} from './proposed';
import type { ReviewDrafts } from './reviewDrafts';

export interface IFileReviewServices {
  shell: JupyterFrontEnd.IShell;
  townie: ITownie;
  files: OpenFiles;
  panes: IPaneServices;
  drafts: ReviewDrafts;
  trans: TranslationBundle;
  onKey: (event: KeyboardEvent) => void;
}

/** The reviews of changes of files, each in a tab; and what the user's editors have to do with them. */
export class FileReviews implements IDisposable {
  constructor(private _services: IFileReviewServices) {
    this._places = new FileReviewPlaces(_services.shell, _services.files);
    this._decisions = new FileDecisions(_services);
    _services.files.onOpened(widget => {
      for (const review of this._shown.values()) {
        if (!review.editor && review.about.path === widget.context.localPath) {
          review.followText(widget);
          review.move(widget.content.model.sharedModel.getSource());
        }
      }
    });
    _services.townie.changed.connect((_, { thread, change }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      const turn = change.turn ? thread.turn(change.turn) : undefined;
      if (action && isOfFile(action)) {
        this._see(thread, action);
      }
      if (turn && (change.kind === 'preview' || change.kind === 'turn')) {
        void this._seeWritten(thread, turn);
      }
      if (change.kind === 'gone') {
        const left = Array.from(this._shown.values()).filter(
          ({ about }) => about.thread === thread
        );
        left.forEach(review => this._leave(review, review.about.path));
      }
    }, this);
  }

  /** Where they are. */
  get places(): FileReviewPlaces {
    return this._places;
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
    if (currentWidget instanceof FileReview) {
      return currentWidget;
    }
    return currentWidget ? this._in(currentWidget) : undefined;
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

  /**
   * Show a review, in an editor of the file when one is given, else where it is, or in a tab; false when there is nothing
   * to review. One that was asked for in the editor is shown there.
   */
  async open(
    thread: IThread,
    id: string,
    activate = true,
    editor: FileWidget | null = null
  ): Promise<boolean> {
    const action = thread.action(id);
    if (!action || !isOfFile(action) || !isOpen(action)) {
      return false;
    }
    const review = await this._show(proposedBy(thread, action)!, activate, editor);
    if (review && activate) {
      this._places.activate(review);
    }
    return review !== null;
  }

  /** Whether a review takes the place of the text in an editor. */
  covers(editor: IDocumentWidget): boolean {
    return this._in(editor) !== undefined;
  }

  /** Emitted when a review has taken the place of a text, or given it back. */
  get coversChanged(): ISignal<this, void> {
    return this._coversChanged;
  }

  /** Accept what the review of a change holds by now, or the change itself; not over what the user has not saved. */
  async accept(thread: IThread, id: string): Promise<void> {
    const action = thread.action(id);
    if (action && isOfFile(action) && isOpen(action)) {
      await this._decisions.accept(thread, action, this._shown.get(id));
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

  private async _show(
    proposed: IProposed,
    wanted: boolean,
    editor: FileWidget | null = null
  ): Promise<FileReview | null> {
    const { files, townie, panes, drafts, trans, onKey } = this._services;
    const known = this._shown.get(proposed.id);
    if (known) {
      return known;
    }
    let file: IFileText | null;
    try {
      file = await files.read(proposed.path);
    } catch (reason) {
      townie.notify(asProblem(reason), 'error');
      return null;
    }
    // Another request may have opened it while the file was read.
    const other = this._shown.get(proposed.id);
    if (other) {
      return other;
    }
    let place = editor ?? (isInline(proposed) ? files.find(proposed.path) : null);
    if (place?.isDisposed) {
      place = null;
    }
    if (place) {
      // Of several proposals the one that came last is shown; the others wait.
      this._in(place)?.dispose();
    }
    const review = new FileReview({
      about: proposed,
      source: file?.text ?? '',
      texts: drafts.of(proposed.id),
      layout: this._layout,
      inline: isInline(proposed),
      editor: place,
      file: files.find(proposed.path),
      wanted,
      panes,
      trans,
      onKey
    });
    this._shown.set(proposed.id, review);
    review.disposed.connect(() => {
      this._shown.delete(review.about.id);
      this._coversChanged.emit();
    });
    review.decided.connect((_, choice) => this._carryOut(review, choice));
    review.seen.connect(() => void this._readAgain(review));
    drafts.watch(review);
    if (place) {
      this._coversChanged.emit();
    } else {
      this._places.addTab(review);
    }
    return review;
  }

  /** Who comes back to a review sees the proposal for the file as it is now. */
  private async _readAgain(review: FileReview): Promise<void> {
    const file = await this._services.files.read(review.about.path).catch(() => null);
    // What cannot be read is told when it is accepted.
    if (file && !review.isDisposed) {
      review.move(file.text);
    }
  }

  /** The review that takes the place of the text in a widget. */
  private _in(widget: Widget): FileReview | undefined {
    return Array.from(this._shown.values()).find(review => review.editor === widget);
  }

  private _carryOut(review: FileReview, choice: FileChoice): void {
    const { thread, turn, id, path, writing } = review.about;
    if (choice === 'leave') {
      this._places.reveal(path);
    } else if (choice === 'tab') {
      review.uncover();
      this._places.addTab(review);
      this._coversChanged.emit();
      this._places.activate(review);
    } else if (writing) {
      thread.stop(turn.id);
      review.sent();
    } else if (choice === 'accept') {
      void this.accept(thread, id);
    } else {
      thread.decide(id, 'reject');
      review.sent();
    }
  }

  /** Follow what is being written in a turn; of its own a review opens only where the change was asked for in the editor. */
  private async _seeWritten(thread: IThread, turn: ITurn): Promise<void> {
    const written = writtenIn(thread, turn).filter(({ cellId }) => cellId === null);
    for (const review of Array.from(this._shown.values())) {
      const { about } = review;
      if (about.writing && about.turn === turn && !written.some(({ id }) => id === about.id)) {
        this._leave(review, about.path);
      }
    }
    for (const proposed of written) {
      const known = this._shown.get(proposed.id);
      if (known) {
        known.write(proposed);
      } else if (isInline(proposed) && !this._opening.has(proposed.id)) {
        this._opening.add(proposed.id);
        const asking = document.activeElement?.closest('.jp-TownieInline') != null;
        const review = await this._show(proposed, asking);
        // It may be there as a whole, or be gone, by now.
        const latest = writtenIn(thread, turn).find(({ id }) => id === proposed.id);
        const action = turn.actions.find(action => writingId(turn.id, action.part) === proposed.id);
        if (review && latest) {
          review.write(latest);
        } else if (review && action && isOpen(action)) {
          this._adopt(proposed.id, proposedBy(thread, action)!);
        } else {
          review?.dispose();
        }
      }
    }
  }

  /** What was being written is there: its review is that of the action now. */
  private _adopt(written: string, proposed: IProposed): void {
    const review = this._shown.get(written);
    this._shown.delete(written);
    if (review && !this._shown.has(proposed.id)) {
      this._shown.set(proposed.id, review);
      review.about = proposed;
      review.complete(proposed);
      if (this._places.tracker.has(review)) {
        void this._places.tracker.save(review);
      }
    } else {
      review?.dispose();
    }
  }

  private _see(thread: IThread, action: IAction): void {
    const { trans } = this._services;
    const body = editOf(action);
    if (isOpen(action)) {
      this._adopt(writingId(action.turn, action.part), proposedBy(thread, action)!);
    }
    const review = this._shown.get(action.id);
    switch (action.state) {
      case 'done':
      case 'undone':
        // The old text would be seen for a moment.
        void this._decisions.written(action).finally(() => this._leave(review, body.path));
        break;
      case 'rejected':
        this._leave(review, body.path);
        break;
      case 'waiting':
        if (review && review.about.path !== body.path) {
          review.moved(proposedBy(thread, action)!);
        }
        break;
      case 'failed':
      case 'conflict':
        this._decisions.refused(action);
        review?.say(action.message || trans.__('It could not be applied.'));
        break;
    }
  }

  private _leave(review: FileReview | undefined, path: string): void {
    if (review && !review.isDisposed) {
      this._places.leave(review, path, this._shown.values());
    }
  }

  private _places: FileReviewPlaces;
  private _layout: DiffLayout = 'unified';
  private _shown = new Map<string, FileReview>();
  /** Changes that are being written and whose review was opened once; who closes it does not get it again. */
  private _opening = new Set<string>();
  private _decisions: FileDecisions;
  private _coversChanged = new Signal<this, void>(this);
  private _isDisposed = false;
}
