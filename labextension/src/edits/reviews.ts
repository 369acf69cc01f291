import type { Cell } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { FileWidget } from '../notebooks/binding';
import { ICellHost } from '../notebooks/cellWatch';
import { IAction, IThread, ITownie, ITurn } from '../threads/tokens';
import { prefetch } from './diffLoading';
import type { DiffReview } from './diffReview';
import type { DiffLayout } from './diffView';
import type { FileReviews } from './fileReviews';
import type { IPaneServices } from './pane';
import { IProposed, isInline, isOfFile, proposedBy, writingId, writtenIn } from './proposed';
import { Review, ReviewChoice } from './review';
import type { ReviewDrafts } from './reviewDrafts';
import { ReviewPlace } from './reviewPlace';
import { IReviews } from './tokens';

/** Shows a review in every cell whose change is being written or waits for the user's decision. */
export class Reviews implements IReviews, IDisposable {
  constructor(
    townie: ITownie,
    private _panes: IPaneServices,
    private _drafts: ReviewDrafts,
    private _trans: TranslationBundle,
    private _onKey: (event: KeyboardEvent) => void
  ) {
    townie.changed.connect((_, { thread, change }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      const turn = change.turn ? thread.turn(change.turn) : undefined;
      if (action) {
        if (action.state === 'conflict') {
          this._conflicts.add(action.id);
        }
        this._see(thread, action);
      } else if (change.kind === 'turn' || change.kind === 'connection') {
        this._seeAll(thread);
      } else if (change.kind === 'gone') {
        this._leave(thread);
      }
      if (turn && (change.kind === 'preview' || change.kind === 'turn')) {
        this._seeWritten(thread, turn);
      }
    }, this);
    townie.threads.forEach(thread => this._seeAll(thread));
  }

  readonly prefetch = prefetch;

  /** The reviews of files. */
  files: FileReviews | null = null;

  /** How new reviews are laid out; those that are shown follow. */
  get layout(): DiffLayout {
    return this._layout;
  }
  set layout(layout: DiffLayout) {
    this._layout = layout;
    this._shown.forEach(reviews => reviews.forEach(review => review.setDiffLayout(layout)));
    if (this.files) {
      this.files.layout = layout;
    }
  }

  meet(cell: Cell, host: ICellHost): IDisposable | void {
    if (!(host.widget instanceof NotebookPanel)) {
      return;
    }
    const place = new ReviewPlace(cell, host.widget, host, () => this.of(cell));
    this._places.add(place);
    this._showLatest(place);
    place.moved.connect(() => this._showLatest(place));
    return new DisposableDelegate(() => {
      place.dispose();
      this._places.delete(place);
      for (const reviews of this._shown.values()) {
        const review = reviews.get(cell);
        reviews.delete(cell);
        review?.dispose();
      }
    });
  }

  accept(thread: IThread, action: string, run: boolean): void {
    const known = thread.action(action);
    if (this.files && known && isOfFile(known)) {
      void this.files.accept(thread, action);
      return;
    }
    const reviewed = this._first(action) ?? this._drafts.of(action);
    const decision = run ? 'accept_and_run' : 'accept';
    if (reviewed && known?.body.kind === 'edit') {
      const { source, proposal } = reviewed;
      const moved = source !== known.body.before;
      if (moved || proposal !== known.body.after) {
        // What was reviewed is the difference to the source as it is now.
        this._decide(thread, action, decision, proposal, moved ? source : undefined);
        return;
      }
    }
    this._decide(thread, action, decision);
  }

  leavesOut(action: string): boolean {
    return this._first(action)?.leavesOut ?? false;
  }

  /**
   * Decide at once about everything that a turn proposes and that waits. A change of which something would be left out is
   * accepted only where the user sees that; elsewhere it waits, and the first such one comes into view.
   */
  decideTurn({ about: { id, thread, turn } }: DiffReview, choice: 'accept' | 'reject'): void {
    const unseen: string[] = [];
    for (const action of turn.actions) {
      if (action.body.kind !== 'edit' || action.state !== 'waiting') {
        continue;
      }
      if (choice === 'reject') {
        this._decide(thread, action.id, 'reject');
      } else if (action.id !== id && this.leavesOut(action.id)) {
        unseen.push(action.id);
      } else {
        this.accept(thread, action.id, false);
      }
    }
    if (unseen.length) {
      this.focus(unseen[0]);
    }
  }

  async openFile(
    thread: IThread,
    action: string,
    activate = true,
    editor: FileWidget | null = null
  ): Promise<boolean> {
    return (await this.files?.open(thread, action, activate, editor)) ?? false;
  }

  focus(action: string): boolean {
    const review = this._first(action);
    if (!review) {
      return false;
    }
    review.activate();
    // Only now is it there if the cell's input was folded away.
    requestAnimationFrame(() => review.node.scrollIntoView({ block: 'nearest' }));
    return true;
  }

  /** The review that is shown in a cell. */
  of(cell: Cell): Review | undefined {
    for (const reviews of this._shown.values()) {
      const review = reviews.get(cell);
      if (review) {
        return review;
      }
    }
    return undefined;
  }

  /** The review that has the focus. */
  get focused(): Review | undefined {
    for (const reviews of this._shown.values()) {
      for (const review of reviews.values()) {
        if (review.node.contains(document.activeElement)) {
          return review;
        }
      }
    }
    return undefined;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._shown.forEach(reviews => reviews.forEach(review => review.dispose()));
    this._shown.clear();
    Signal.clearData(this);
  }

  private _seeAll(thread: IThread): void {
    for (const turn of thread.turns) {
      for (const action of turn.actions) {
        this._see(thread, action);
      }
    }
  }

  private _see(thread: IThread, action: IAction): void {
    const proposed = proposedBy(thread, action);
    if (!proposed?.cellId) {
      return;
    }
    // The user's text was kept: the change is a proposal again. One of an old log has been seen before.
    const waits =
      action.state === 'waiting' || (action.state === 'conflict' && this._conflicts.has(action.id));
    const written = writingId(action.turn, action.part);
    if (waits) {
      this._adopt(written, proposed);
      this._wanted.set(action.id, proposed);
    } else if (!this._drop(written) && !this._drop(action.id)) {
      return;
    }
    this._refresh(proposed.cellId);
  }

  /** Follow what is being written in a turn. */
  private _seeWritten(thread: IThread, turn: ITurn): void {
    const written = writtenIn(thread, turn).filter(({ cellId }) => cellId !== null);
    for (const [id, { turn: of, writing, cellId }] of Array.from(this._wanted)) {
      if (writing && of === turn && !written.some(other => other.id === id)) {
        this._drop(id);
        this._refresh(cellId);
      }
    }
    for (const proposed of written) {
      const known = this._wanted.has(proposed.id);
      this._wanted.set(proposed.id, proposed);
      if (known) {
        this._shown.get(proposed.id)?.forEach(review => review.write(proposed));
      } else {
        this._refresh(proposed.cellId);
      }
    }
  }

  /** What was being written is there: its reviews are those of the action now. */
  private _adopt(written: string, proposed: IProposed): void {
    this._wanted.delete(written);
    const reviews = this._shown.get(written);
    this._shown.delete(written);
    if (reviews && !this._shown.has(proposed.id)) {
      this._shown.set(proposed.id, reviews);
      for (const review of reviews.values()) {
        review.about = proposed;
        review.complete(proposed);
      }
    } else {
      reviews?.forEach(review => review.dispose());
    }
  }

  private _drop(id: string): boolean {
    this._shown.get(id)?.forEach(review => review.dispose());
    this._shown.delete(id);
    return this._wanted.delete(id);
  }

  private _leave(thread: IThread): void {
    for (const { id, thread: of, cellId } of Array.from(this._wanted.values())) {
      if (of === thread) {
        this._drop(id);
        this._refresh(cellId);
      }
    }
  }

  private _refresh(cellId: string | null): void {
    for (const place of this._places) {
      if (!place.cell.isDisposed && place.cell.model.id === cellId) {
        this._showLatest(place);
      }
    }
  }

  /** Of several proposals for one cell the latest is shown; the others come when it is decided. */
  private _showLatest(place: ReviewPlace): void {
    const { cell, host } = place;
    const waiting = Array.from(this._wanted.values()).filter(
      proposed =>
        cell.model.id === proposed.cellId &&
        // The server may tell of a new name before the page has it.
        (host.isAt(proposed.path) || this._shown.get(proposed.id)?.has(cell))
    );
    const latest = waiting.reduce<IProposed | null>(
      (found, one) => (found && one.turn.started.time < found.turn.started.time ? found : one),
      null
    );
    for (const [id, reviews] of this._shown) {
      if (id !== latest?.id) {
        reviews.get(cell)?.dispose();
        reviews.delete(cell);
      }
    }
    if (latest) {
      this._show(latest, cell).earlier = waiting.length - 1;
    }
  }

  private _show(proposed: IProposed, cell: Cell): Review {
    let reviews = this._shown.get(proposed.id);
    if (!reviews) {
      this._shown.set(proposed.id, (reviews = new Map()));
    }
    const known = reviews.get(cell);
    if (known) {
      return known;
    }
    const { started } = proposed.turn;
    const [other] = reviews.values();
    const review = new Review({
      cell,
      about: proposed,
      texts: other?.reviewed ?? this._drafts.of(proposed.id),
      layout: this._layout,
      inline: isInline(proposed),
      bare: started.purpose === 'fix' && started.binding.cell_id === proposed.cellId,
      panes: this._panes,
      trans: this._trans,
      onKey: this._onKey
    });
    review.decided.connect((_, choice) => this._carryOut(review, choice));
    review.changed.connect(() => this._mirror(review));
    this._drafts.watch(review);
    reviews.set(cell, review);
    return review;
  }

  /** Two views of one notebook show the same. */
  private _mirror(review: Review): void {
    this._shown.get(review.about.id)?.forEach(other => other !== review && other.follow(review));
  }

  private _decide(
    thread: IThread,
    action: string,
    decision: ReviewChoice,
    text?: string,
    base?: string
  ): void {
    thread.decide(action, decision, text, '', base);
    this._shown.get(action)?.forEach(review => review.sent());
  }

  private _carryOut(review: Review, choice: ReviewChoice): void {
    const { thread, turn, id, writing } = review.about;
    if (writing) {
      thread.stop(turn.id);
      review.sent();
    } else if (choice === 'reject') {
      this._decide(thread, id, 'reject');
    } else {
      this.accept(thread, id, choice === 'accept_and_run');
    }
  }

  private _first(action: string): Review | undefined {
    const reviews = Array.from(this._shown.get(action)?.values() ?? []);
    // Two views of one notebook have a review each; the one that is used is meant.
    return reviews.find(review => review.node.contains(document.activeElement)) ?? reviews[0];
  }

  private _layout: DiffLayout = 'unified';
  private _places = new Set<ReviewPlace>();
  /** The changes of cells that are to be shown, by their ids. */
  private _wanted = new Map<string, IProposed>();
  private _shown = new Map<string, Map<Cell, Review>>();
  private _conflicts = new Set<string>();
  private _isDisposed = false;
}
