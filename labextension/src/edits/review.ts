import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';
import { barButton } from '../notebooks/cellBar';
import { EditAction } from '../protocol';
import type { DiffLayout, IDiffView } from './diffView';
import { IPaneServices, languageOf } from './pane';
import { position } from './position';
import { rebase } from './rebase';

const REVIEW_CLASS = 'jp-mod-townieReview';
const SOURCE_CLASS = 'jp-mod-townieSource';

export type ReviewChoice = 'accept' | 'accept_and_run' | 'reject';

export interface IReviewOptions {
  cell: Cell;
  body: EditAction;
  layout: DiffLayout;
  /** Whether something else in the cell has the buttons that decide about the whole change. */
  bare: boolean;
  /** Whether it was asked for in the editor: then Escape rejects it, and the editor has the focus again afterwards. */
  inline: boolean;
  services: IPaneServices;
  trans: TranslationBundle;
  /** Offers a key to the application's shortcuts. */
  onKey: (event: KeyboardEvent) => void;
}

/**
 * A proposed change of a cell, in the cell and in the place of its editor, for the user to look at, to change and to
 * decide on. The cell's own source is not touched: it is what is saved and run until the change is accepted.
 *
 * When the source changes meanwhile, the proposal moves over to it as far as it fits.
 */
export class Review extends Widget {
  constructor(private _options: IReviewOptions) {
    super();
    const { cell, body, trans } = _options;
    this.addClass('jp-TownieReview');
    this.node.dataset.townie = 'review';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Proposed change'));
    this._diffLayout = _options.layout;
    this._source = cell.model.sharedModel.getSource();
    this._proposal = body.after;
    this._header = this._makeHeader();
    this._notice = this._makeNotice();
    this._body = document.createElement('div');
    this._body.className = 'jp-TownieReview-body';
    // Before the editor: its own keys for Alt and the arrows, say, would move lines.
    this._body.addEventListener('keydown', _options.onKey, true);
    this.node.append(this._header, this._notice, this._body);

    // Who is typing in the cell must not lose the editor.
    const typing = cell.editor?.hasFocus() ?? false;
    cell.addClass(REVIEW_CLASS);
    this.showSource(typing);
    (cell.inputArea!.layout as PanelLayout).addWidget(this);
    cell.model.sharedModel.changed.connect(this._onSourceChanged, this);
    void this._load();
  }

  get cell(): Cell {
    return this._options.cell;
  }

  /** The user has decided. */
  get decided(): ISignal<this, ReviewChoice> {
    return this._decided;
  }

  /** The source that the proposal is to replace, as it is now. */
  get source(): string {
    return this._source;
  }

  /** What the cell would hold: the proposal without what was rejected, and as the user changed it. */
  get proposal(): string {
    return this._diff?.proposal ?? this._proposal;
  }

  get isSourceShown(): boolean {
    return this.cell.hasClass(SOURCE_CLASS);
  }

  /** Show the cell's own editor above the review, or only the review. */
  showSource(shown: boolean): void {
    this.cell.toggleClass(SOURCE_CLASS, shown);
    const toggle = this._header.querySelector<HTMLElement>('[data-townie="toggle-source"]');
    toggle?.setAttribute('aria-pressed', String(shown));
  }

  get diffLayout(): DiffLayout {
    return this._diffLayout;
  }

  setDiffLayout(layout: DiffLayout): void {
    if (layout === this._diffLayout) {
      return;
    }
    this._diffLayout = layout;
    if (this._diff) {
      const original = this._diff.original;
      this._proposal = this._diff.proposal;
      const focused = this._body.contains(document.activeElement);
      void this._load(original).then(() => focused && this._diff?.focus());
    }
  }

  /** Go to the next change, or the previous one, and say which it is. */
  step(by: 1 | -1): void {
    const count = this._diff?.changes.length ?? 0;
    if (!this._diff || !count) {
      return;
    }
    const current = this._stepped ? this._diff.current : by > 0 ? -1 : 0;
    this._stepped = true;
    this._diff.goTo((current + by + count) % count);
    this._diff.focus();
    this._announce();
  }

  /** Settle the change at the cursor; the last one settled settles the whole. */
  settle(how: 'accept' | 'reject'): void {
    if (!this._diff || this._diff.current < 0) {
      return;
    }
    this._diff[how](this._diff.current);
    this._onSettled();
  }

  /** Go back to where the user was. */
  leave(): void {
    if (this._options.inline) {
      this.decide('reject');
    } else {
      this.cell.node.focus();
    }
  }

  decide(choice: ReviewChoice): void {
    this._decided.emit(choice);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    const { cell } = this;
    const hadFocus = this.node.contains(document.activeElement);
    if (!cell.isDisposed) {
      cell.model.sharedModel.changed.disconnect(this._onSourceChanged, this);
      cell.removeClass(REVIEW_CLASS);
      cell.removeClass(SOURCE_CLASS);
    }
    this._diff?.dispose();
    Signal.clearData(this);
    super.dispose();
    if (hadFocus && !cell.isDisposed && this._options.inline) {
      cell.editor?.focus();
    } else if (hadFocus && !cell.isDisposed) {
      cell.node.focus({ preventScroll: true });
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._diff?.measure();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._diff?.measure();
  }

  protected override onActivateRequest(msg: Message): void {
    if (this._diff) {
      this._diff.focus();
    } else {
      this._focusWanted = true;
    }
  }

  private async _load(original = this._source): Promise<void> {
    const { cell, trans, services } = this._options;
    const { mimeType } = cell.model;
    const [language, merge, { UnifiedDiff }, { SplitDiff }] = await Promise.all([
      languageOf(services, mimeType),
      import('@codemirror/merge'),
      import('./unified'),
      import('./split')
    ]);
    if (this.isDisposed || cell.isDisposed) {
      return;
    }
    this._compare = (a, b) => merge.Chunk.build(a, b);
    if (!this._diff && this._options.body.before !== this._source) {
      this._move(this._options.body.before, this._source);
    }
    this._diff?.dispose();
    const Diff = this._diffLayout === 'split' ? SplitDiff : UnifiedDiff;
    this._diff = new Diff({
      merge,
      services,
      original,
      proposal: this._proposal,
      mimeType,
      language,
      config: cell.editorConfig,
      onChanged: () => this._update(),
      onSettled: () => this._onSettled(),
      labels: {
        proposal: trans.__('Proposed source'),
        original: trans.__('Source of the cell'),
        accept: trans.__('Accept this change'),
        reject: trans.__('Reject this change')
      }
    });
    this._body.replaceChildren(this._diff.node);
    this._diff.measure();
    this._update();
    if (this._focusWanted) {
      this._focusWanted = false;
      this._diff.focus();
    }
  }

  private _onSourceChanged(): void {
    const source = this.cell.model.sharedModel.getSource();
    const before = this._source;
    if (source === before) {
      return;
    }
    this._source = source;
    if (!this._compare) {
      return;
    }
    this._move(before, source);
  }

  /** Carry the proposal over from one source to another. */
  private _move(before: string, source: string): void {
    const compare = this._compare!;
    const moved = rebase(before, source, this.proposal, compare);
    this._left += moved.left;
    this._proposal = moved.text;
    if (this._diff) {
      // What was accepted already is not shown as a difference, so it moves over as well.
      const original = rebase(before, source, this._diff.original, compare).text;
      this._diff.set(original, moved.text);
    }
    this._update();
  }

  private _onSettled(): void {
    if (this._diff && !this._diff.changes.length) {
      this._decided.emit(this._diff.proposal === this._source ? 'reject' : 'accept');
      return;
    }
    this._announce();
  }

  private _update(): void {
    if (this._scheduled || this.isDisposed) {
      return;
    }
    this._scheduled = true;
    // A diff view tells of its changes in the middle of an update.
    queueMicrotask(() => {
      this._scheduled = false;
      if (!this.isDisposed) {
        this._position.textContent = this._where();
        this._notice.hidden = !this._left;
        this._nameControls();
        const single = (this._diff?.changes.length ?? 0) < 2;
        this._header.querySelectorAll<HTMLElement>('[data-step]').forEach(button => {
          button.hidden = single;
        });
      }
    });
  }

  /** Say on which change each button acts; a long diff does not show all of its buttons at once. */
  private _nameControls(): void {
    const count = this._diff?.changes.length ?? 0;
    for (const name of ['accept-change', 'reject-change']) {
      const controls = this._body.querySelectorAll<HTMLElement>(`[data-townie="${name}"]`);
      if (controls.length === count) {
        controls.forEach((control, index) => {
          control.setAttribute('aria-label', `${control.title}. ${this._where(index)}`);
        });
      }
    }
  }

  private _announce(): void {
    this._live.textContent = this._where();
  }

  private _where(index = this._diff?.current ?? 0): string {
    return this._diff ? position(this._diff.changes, index, this._options.trans) : '';
  }

  private _makeHeader(): HTMLElement {
    const { trans, bare, cell } = this._options;
    const header = document.createElement('div');
    header.className = 'jp-TownieReview-header';
    this._position = document.createElement('span');
    this._position.className = 'jp-TownieReview-position';
    this._position.dataset.townie = 'review-position';
    this._live = document.createElement('span');
    this._live.className = 'jp-TownieReview-live';
    this._live.setAttribute('aria-live', 'polite');
    const spacer = document.createElement('span');
    spacer.className = 'jp-TownieReview-spacer';
    const previous = barButton({
      name: 'previous-change',
      label: '↑',
      title: trans.__('Previous change'),
      onClick: () => this.step(-1)
    });
    const next = barButton({
      name: 'next-change',
      label: '↓',
      title: trans.__('Next change'),
      onClick: () => this.step(1)
    });
    for (const button of [previous, next]) {
      button.setAttribute('aria-label', button.title);
      button.dataset.step = '';
      button.hidden = true;
    }
    const source = barButton({
      name: 'toggle-source',
      label: trans.__('Source'),
      title: trans.__('Show the source as it is now'),
      onClick: () => this.showSource(!this.isSourceShown)
    });
    header.append(previous, next, this._position, this._live, spacer, source);
    if (!bare) {
      const decide = (name: ReviewChoice, label: string, primary: boolean) =>
        barButton({ name, label, primary, onClick: () => this.decide(name) });
      const code = cell.model.type === 'code';
      header.append(decide('reject', trans.__('Reject'), false));
      if (code) {
        header.append(decide('accept_and_run', trans.__('Accept and run'), false));
      }
      header.append(decide('accept', trans.__('Accept'), true));
    }
    return header;
  }

  private _makeNotice(): HTMLElement {
    const { trans } = this._options;
    const notice = document.createElement('div');
    notice.className = 'jp-TownieReview-notice';
    notice.dataset.townie = 'review-changed';
    notice.setAttribute('role', 'status');
    notice.hidden = true;
    const text = document.createElement('span');
    text.textContent = trans.__(
      'You changed lines that the proposal changes, too. Your text is kept; what still fits is shown.'
    );
    notice.append(
      text,
      barButton({
        name: 'compare-whole',
        label: trans.__('Compare with the whole proposal'),
        onClick: () => this._compareWhole()
      }),
      barButton({
        name: 'keep-mine',
        label: trans.__('Keep mine'),
        title: trans.__('Reject the proposal'),
        onClick: () => this.decide('reject')
      })
    );
    return notice;
  }

  private _compareWhole(): void {
    this._left = 0;
    this._proposal = this._options.body.after;
    this._diff?.set(this._source, this._proposal);
    this._diff?.focus();
    this._update();
  }

  private _header: HTMLElement;
  private _notice: HTMLElement;
  private _body: HTMLElement;
  private _position!: HTMLElement;
  private _live!: HTMLElement;
  private _diffLayout: DiffLayout;
  private _source: string;
  private _proposal: string;
  private _diff: IDiffView | null = null;
  private _compare: Parameters<typeof rebase>[3] | null = null;
  private _left = 0;
  private _stepped = false;
  private _scheduled = false;
  private _focusWanted = false;
  private _decided = new Signal<this, ReviewChoice>(this);
}
