import type { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { DiffLayout, IDiffChange } from './diffView';
import { HeldNotice } from './heldNotice';
import type { IProposal } from './movingProposal';
import type { IPaneServices } from './pane';
import type { IProposed } from './proposed';
import { ReviewHeader } from './reviewHeader';
import { IReviewedTexts, IShownText, ShownDiff } from './shownDiff';

export interface IDiffReviewOptions {
  about: IProposed;
  /** The source as the user has it. */
  source: string;
  /** What had become of the proposal when it was reviewed before, or is reviewed elsewhere. */
  texts: IReviewedTexts | null;
  layout: DiffLayout;
  /** Whether it was asked for in the editor: then Escape rejects it, and the editor has the focus again afterwards. */
  inline: boolean;
  panes: IPaneServices;
  trans: TranslationBundle;
  /** Offers a key to the application's shortcuts. */
  onKey: (event: KeyboardEvent) => void;
}

/**
 * A proposed change for the user to watch while it is written, to look at, to change and to decide on. The source itself
 * is not touched by it; when the source changes, the proposal moves over to it as far as it fits.
 */
export abstract class DiffReview extends Widget {
  constructor(protected options: IDiffReviewOptions) {
    super();
    const { about, source, texts, layout, panes, trans, onKey } = options;
    this.about = about;
    this.addClass('jp-TownieReview');
    this.node.setAttribute('role', 'region');
    this._writing = about.writing;
    this._header = new ReviewHeader({
      trans,
      step: by => this.step(by),
      stop: () => this.decide('reject')
    });
    this._held = new HeldNotice(about.thread, this._header.actions, trans);
    this.notice.className = 'jp-TownieReview-notice';
    this.notice.dataset.townie = 'review-changed';
    this.notice.setAttribute('role', 'status');
    this.notice.hidden = true;
    this.body.className = 'jp-TownieReview-body';
    // It holds the focus while there is no text yet.
    this.body.tabIndex = -1;
    // Before the editor: its own keys for Alt and the arrows, say, would move lines.
    this.body.addEventListener('keydown', onKey, true);
    this.node.append(this._header.node, this._held.node, this.notice, this.body);
    this.toggleClass('jp-mod-writing', about.writing);
    this.shown = new ShownDiff(
      this.body,
      { proposal: about, source, layout },
      {
        panes,
        trans,
        isLocked: () => this._writing,
        shownText: () => this.shownText(),
        changed: () => this._refresh(),
        settled: how => this._onSettled(how),
        moved: left => this.onMoved(left),
        narrowed: isNarrow => this.onNarrow(isNarrow),
        loaded: () => this.onLoaded(),
        focused: () => !this._writing && this.announce()
      }
    );
    if (texts && !about.writing) {
      this.shown.resume(texts);
    }
  }

  /** The change that is reviewed. */
  about: IProposed;

  /** The source that the proposal is to replace, as it is now. */
  get source(): string {
    return this.shown.source;
  }

  /** What the source would be: the proposal without what was rejected, and as the user changed it. */
  get proposal(): string {
    return this.shown.proposal;
  }

  /** Whether some of its changes could not be carried over to the source, and would be left out. */
  get leavesOut(): boolean {
    return this.shown.left > 0;
  }

  /** What the user has made of the proposal so far; null while that is nothing. */
  get reviewed(): IReviewedTexts | null {
    return this.shown.isTouched && !this._writing ? this.shown.texts : null;
  }

  /** Emitted after anything that is shown has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Show what another review of the same change shows. */
  follow(other: DiffReview): void {
    const { texts } = other.shown;
    if (texts && !this._writing && !other.isWriting) {
      this.shown.resume(texts);
    }
  }

  /** Whether the model is still writing; then there is nothing to accept yet. */
  get isWriting(): boolean {
    return this._writing;
  }

  get diffLayout(): DiffLayout {
    return this.shown.layout;
  }

  setDiffLayout(layout: DiffLayout): void {
    this.shown.layout = layout;
  }

  /** More of the change has been written. */
  write(proposal: IProposal): void {
    if (this._writing) {
      this.shown.write(proposal);
    }
  }

  /** The change is there as a whole, and can be decided on. */
  complete(proposal: IProposal): void {
    if (!this._writing) {
      return;
    }
    this.shown.write(proposal);
    this._writing = false;
    this.removeClass('jp-mod-writing');
    this.shown.complete(proposal);
    if (this.node.contains(document.activeElement)) {
      this.shown.view?.focus();
      this.announce();
    }
  }

  /** Go to the next change, or the previous one, and say which it is. */
  step(by: 1 | -1): void {
    const { view } = this.shown;
    const count = view?.changes.length ?? 0;
    if (!view || !count) {
      return;
    }
    const current = this._stepped ? view.current : by > 0 ? -1 : 0;
    this._stepped = true;
    view.goTo((current + by + count) % count);
    view.focus();
    this.announce();
  }

  /** Settle the change at the cursor; the last one settled settles the whole. */
  settle(how: 'accept' | 'reject'): void {
    const { view } = this.shown;
    if (view && !this._writing && view.current >= 0) {
      view[how](view.current);
      this._onSettled(how);
    }
  }

  /** Take back what the user did last in the texts, or do it again. */
  takeBack(how: 'undo' | 'redo'): void {
    if (!this._writing && this.shown.view?.[how]()) {
      const { trans } = this.options;
      this.announce(how === 'undo' ? trans.__('Undone.') : trans.__('Done again.'));
    }
  }

  /** Decide about the whole change; a decision that could not be sent yet is not given twice. */
  decide(choice: 'accept' | 'accept_and_run' | 'reject'): void {
    if (!this._held.isHeld && (choice === 'reject' || !this._writing)) {
      this.onDecided(choice);
    }
  }

  /** The decision was given to the server. */
  sent(): void {
    this._held.sent();
  }

  /** Go back to where the user was. */
  abstract leave(): void;

  override dispose(): void {
    if (!this.isDisposed) {
      this._held.dispose();
      this.shown.dispose();
      super.dispose();
    }
  }

  /** The source is another one now: carry the proposal over as far as it fits. */
  move(source: string): void {
    this.shown.move(source);
  }

  protected abstract onDecided(choice: 'accept' | 'accept_and_run' | 'reject'): void;

  /** What is shown; asked for whenever a view is made. */
  protected abstract shownText(): IShownText;

  /** Some of the changes, `left`, could not be carried over. */
  protected abstract onMoved(left: number): void;

  /** The changes that are shown have become others. */
  protected onChanges(changes: readonly IDiffChange[]): void {
    void changes;
  }

  /** Whether two texts are not shown beside each other although they should be, as there is no room. */
  protected onNarrow(narrow: boolean): void {
    void narrow;
  }

  protected onLoaded(): void {
    // Nothing more to do by default.
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.shown.measure();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.shown.measure();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.takeFocus();
    if (!this._writing) {
      this.announce(this.leavesOut ? (this.notice.firstChild?.textContent ?? '') : '');
    }
  }

  /** Focus the text, when it is there. */
  protected takeFocus(): void {
    this.shown.focus();
  }

  /** Say on which change the user is, after what was done. */
  protected announce(done = ''): void {
    const { view } = this.shown;
    if (view) {
      this._header.announce(view.changes, view.current, done);
    }
  }

  protected get header(): ReviewHeader {
    return this._header;
  }

  protected readonly notice = document.createElement('div');
  protected readonly body = document.createElement('div');
  protected readonly shown: ShownDiff;

  private _onSettled(how: 'accept' | 'reject'): void {
    if (this.shown.view && !this.shown.changes.length) {
      this.decide(this.proposal === this.source ? 'reject' : 'accept');
      return;
    }
    const { trans } = this.options;
    this.announce(how === 'accept' ? trans.__('Accepted.') : trans.__('Rejected.'));
  }

  /** Bring what is said about the changes up to date, once for many reasons. */
  private _refresh(): void {
    if (this._scheduled || this.isDisposed) {
      return;
    }
    this._scheduled = true;
    // A diff view tells of its changes in the middle of an update.
    queueMicrotask(() => {
      this._scheduled = false;
      if (this.isDisposed) {
        return;
      }
      const { view, changes } = this.shown;
      this._header.show(view && changes, view?.current ?? 0, this._writing);
      this._nameControls(changes);
      this.onChanges(changes);
      this._changed.emit();
    });
  }

  /** Say on which change each button acts; a long diff does not show all of its buttons at once. */
  private _nameControls(changes: readonly IDiffChange[]): void {
    for (const name of ['accept-change', 'reject-change']) {
      const controls = this.body.querySelectorAll<HTMLElement>(`[data-townie="${name}"]`);
      if (controls.length === changes.length) {
        controls.forEach((control, index) => {
          control.setAttribute(
            'aria-label',
            `${control.title}. ${this._header.where(changes, index)}`
          );
        });
      }
    }
  }

  private _header: ReviewHeader;
  private _held: HeldNotice;
  private _writing: boolean;
  private _stepped = false;
  private _scheduled = false;
  private _changed = new Signal<this, void>(this);
}
