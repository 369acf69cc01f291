import type { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { isLong, loadParts, makeDiff, pauseFor } from './diffLoading';
import type { DiffLayout, IDiffChange, IDiffView } from './diffView';
import { FittingLayout } from './fittingLayout';
import { IProposal, MovingProposal } from './movingProposal';
import type { IPaneServices } from './pane';
import type { IProposed } from './proposed';
import { ReviewHeader } from './reviewHeader';

const UNFINISHED_CLASS = 'jp-mod-townieUnfinished';

export interface IDiffReviewOptions {
  about: IProposed;
  /** The source as the user has it. */
  source: string;
  layout: DiffLayout;
  /** Whether it was asked for in the editor: then Escape rejects it, and the editor has the focus again afterwards. */
  inline: boolean;
  panes: IPaneServices;
  trans: TranslationBundle;
  /** Offers a key to the application's shortcuts. */
  onKey: (event: KeyboardEvent) => void;
}

/** What a review needs to know of the text that it shows. */
export interface IShownText {
  readonly mimeType: string;
  readonly config: Record<string, unknown>;
  /** Unchanged lines far from any change are folded away. */
  readonly collapse: boolean;
  readonly proposalLabel: string;
  readonly originalLabel: string;
}

/**
 * A proposed change for the user to watch while it is written, to look at, to change and to decide on. The source itself
 * is not touched by it; when the source changes, the proposal moves over to it as far as it fits.
 */
export abstract class DiffReview extends Widget {
  constructor(protected options: IDiffReviewOptions) {
    super();
    const { about, source, layout, onKey } = options;
    this.about = about;
    this.addClass('jp-TownieReview');
    this.node.setAttribute('role', 'region');
    this._moving = new MovingProposal(about, source);
    this._writing = about.writing;
    this._header = new ReviewHeader({
      trans: options.trans,
      step: by => this.step(by),
      stop: () => this.decide('reject')
    });
    this.notice.className = 'jp-TownieReview-notice';
    this.notice.dataset.townie = 'review-changed';
    this.notice.setAttribute('role', 'status');
    this.notice.hidden = true;
    this.body.className = 'jp-TownieReview-body';
    // It holds the focus while there is no text yet.
    this.body.tabIndex = -1;
    // Before the editor: its own keys for Alt and the arrows, say, would move lines.
    this.body.addEventListener('keydown', onKey, true);
    this.node.append(this.header, this.notice, this.body);
    this.toggleClass('jp-mod-writing', about.writing);
    this._fitting = new FittingLayout(this.body, layout);
    this._fitting.measured.connect((_, another) => {
      this.onNarrow(this._fitting.isNarrow);
      if (another) {
        this.reload();
      }
    });
  }

  /** The change that is reviewed. */
  about: IProposed;

  /** The source that the proposal is to replace, as it is now. */
  get source(): string {
    return this._moving.source;
  }

  /** What the source would be: the proposal without what was rejected, and as the user changed it. */
  get proposal(): string {
    return this.diff?.proposal ?? this._moving.text;
  }

  /** Whether the model is still writing; then there is nothing to accept yet. */
  get isWriting(): boolean {
    return this._writing;
  }

  get diffLayout(): DiffLayout {
    return this._fitting.wanted;
  }

  setDiffLayout(layout: DiffLayout): void {
    if (layout !== this._fitting.wanted) {
      this._fitting.wanted = layout;
      this.reload();
    }
  }

  /** More of the change has been written. */
  write(proposal: IProposal): void {
    if (this._writing) {
      this._show(proposal);
    }
  }

  /** The change is there as a whole, and can be decided on. */
  complete(proposal: IProposal): void {
    if (!this._writing) {
      return;
    }
    this._show(proposal);
    this._writing = false;
    this.removeClass('jp-mod-writing');
    this.diff?.lock(false);
    if (this.diff && isLong(proposal.before, proposal.after)) {
      // What has come last may ask for another layout.
      void this.load();
    }
    this.refresh();
    if (this.node.contains(document.activeElement)) {
      this.diff?.focus();
      this.announce();
    }
  }

  /** Go to the next change, or the previous one, and say which it is. */
  step(by: 1 | -1): void {
    const count = this.diff?.changes.length ?? 0;
    if (!this.diff || !count) {
      return;
    }
    const current = this._stepped ? this.diff.current : by > 0 ? -1 : 0;
    this._stepped = true;
    this.diff.goTo((current + by + count) % count);
    this.diff.focus();
    this.announce();
  }

  /** Settle the change at the cursor; the last one settled settles the whole. */
  settle(how: 'accept' | 'reject'): void {
    if (this.diff && !this._writing && this.diff.current >= 0) {
      this.diff[how](this.diff.current);
      this._onSettled(how);
    }
  }

  /** Take back what the user did last in the texts, or do it again. */
  takeBack(how: 'undo' | 'redo'): void {
    if (!this._writing && this.diff?.[how]()) {
      const { trans } = this.options;
      this.announce(how === 'undo' ? trans.__('Undone.') : trans.__('Done again.'));
    }
  }

  abstract decide(choice: 'accept' | 'accept_and_run' | 'reject'): void;

  /** Go back to where the user was. */
  abstract leave(): void;

  override dispose(): void {
    if (!this.isDisposed) {
      this._fitting.dispose();
      this.diff?.dispose();
      super.dispose();
    }
  }

  /** The source is another one now: carry the proposal over as far as it fits. */
  move(source: string): void {
    if (source === this._moving.source) {
      return;
    }
    this._moving.moveTo(source, this.diff);
    if (this.diff) {
      this.onMoved(this._moving.left);
      this.refresh();
    }
  }

  /** The whole proposal against the source, although it takes back what the user has typed since. */
  protected compareWhole(): void {
    this._moving.showWhole(this.diff);
    this.diff?.focus();
    this.onMoved(0);
    this.refresh();
  }

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
    this.diff?.measure();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.diff?.measure();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.takeFocus();
  }

  /** Focus the text, when it is there. */
  protected takeFocus(): void {
    if (this.diff) {
      this.diff.focus();
    } else {
      this._focusWanted = true;
      this.body.focus({ preventScroll: true });
    }
  }

  /** Make the view anew, with what was accepted, rejected and changed in it so far. */
  protected reload(): void {
    if (this.diff) {
      void this.load();
    }
  }

  protected async load(): Promise<void> {
    const { panes, trans } = this.options;
    const { mimeType, config, collapse, proposalLabel, originalLabel } = this.shownText();
    const parts = await loadParts(panes, mimeType);
    if (this.isDisposed) {
      return;
    }
    this._moving.compare = parts.compare;
    this._fitting.measure();
    const layout = this._fitting.shown;
    const locked = this._writing;
    const { whole, source } = this._moving;
    const diffOptions = {
      services: panes,
      original: this.diff?.original ?? source,
      proposal: this.diff?.proposal ?? this._carryOver(),
      mimeType,
      config,
      collapse,
      locked,
      onChanged: () => this.refresh(),
      onSettled: (how: 'accept' | 'reject') => this._onSettled(how),
      labels: {
        proposal: proposalLabel,
        original: originalLabel,
        accept: trans.__('Accept this change'),
        reject: trans.__('Reject this change')
      }
    };
    const diff = await makeDiff(parts, layout, diffOptions, node => this._stage(node));
    if (this.isDisposed) {
      diff.dispose();
      return;
    }
    if (layout !== this._fitting.shown) {
      diff.dispose();
      return this.load();
    }
    // Either text may have become another one meanwhile.
    const typed = !this.diff && this._moving.whole === whole ? this._moving.source : null;
    if (typed === null) {
      diff.set(this.diff?.original ?? this.source, this.diff?.proposal ?? this._carryOver());
    }
    this._focusWanted ||= this.body.contains(document.activeElement);
    this.diff?.dispose();
    this.diff = diff;
    this._moving.shownFor(typed === null ? this.source : source, diff);
    if (typed !== null) {
      // What differs is known by now, and need not be looked for again.
      this.move(typed);
    }
    if (locked !== this._writing) {
      diff.lock(this._writing);
    }
    diff.node.classList.remove(UNFINISHED_CLASS);
    this._showOnly(diff.node);
    await pauseFor(this.source, this._moving.text)();
    if (this.isDisposed || this.diff !== diff) {
      return;
    }
    diff.measure();
    this.onLoaded();
    this.refresh();
    if (this._focusWanted) {
      this._focusWanted = false;
      diff.focus();
      if (!this._writing) {
        this.announce();
      }
    }
  }

  /** Bring what is said about the changes up to date, once for many reasons. */
  protected refresh(): void {
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
      const changes = this.diff?.changes ?? [];
      this._header.show(this.diff && changes, this.diff?.current ?? 0, this._writing);
      this._nameControls(changes);
      this.onChanges(changes);
    });
  }

  /** Say on which change the user is, after what was done. */
  protected announce(done = ''): void {
    if (this.diff) {
      this._header.announce(this.diff.changes, this.diff.current, done);
    }
  }

  protected get header(): HTMLElement {
    return this._header.node;
  }

  protected get actions(): HTMLElement {
    return this._header.actions;
  }

  protected readonly notice = document.createElement('div');
  protected readonly body = document.createElement('div');
  protected diff: IDiffView | null = null;

  private _stage(node: HTMLElement): void {
    node.classList.add(UNFINISHED_CLASS);
    this.body.append(node);
  }

  /** One that was staged stays where it is: put there anew, all of its lines would be styled and laid out again. */
  private _showOnly(node: HTMLElement): void {
    for (const other of [...this.body.childNodes]) {
      if (other !== node) {
        other.remove();
      }
    }
    if (!node.parentNode) {
      this.body.append(node);
    }
  }

  private _show(proposal: IProposal): void {
    this._moving.write(proposal);
    this.onMoved(this._moving.left);
    this.diff?.set(this.source, this._moving.text);
    this.refresh();
  }

  /** The proposal for the source as it is now; what could not be carried over is told. */
  private _carryOver(): string {
    const text = this._moving.carryOver();
    this.onMoved(this._moving.left);
    return text;
  }

  private _onSettled(how: 'accept' | 'reject'): void {
    if (this.diff && !this.diff.changes.length) {
      this.decide(this.diff.proposal === this.source ? 'reject' : 'accept');
      return;
    }
    const { trans } = this.options;
    this.announce(how === 'accept' ? trans.__('Accepted.') : trans.__('Rejected.'));
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

  private _fitting: FittingLayout;
  private _moving: MovingProposal;
  private _header: ReviewHeader;
  private _writing: boolean;
  private _stepped = false;
  private _scheduled = false;
  private _focusWanted = false;
}
