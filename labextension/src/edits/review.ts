import type { Cell } from '@jupyterlab/cells';
import { ISignal, Signal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';
import { barButton } from '../notebooks/cellBar';
import { fillConflictNotice } from './conflictNotice';
import { DiffReview, IDiffReviewOptions } from './diffReview';
import type { IShownText } from './shownDiff';

const REVIEW_CLASS = 'jp-mod-townieReview';
const SOURCE_CLASS = 'jp-mod-townieSource';

export type ReviewChoice = 'accept' | 'accept_and_run' | 'reject';

export interface IReviewOptions extends Omit<IDiffReviewOptions, 'source'> {
  cell: Cell;
  /** Whether something else in the cell has the buttons that decide about the whole change. */
  bare: boolean;
}

/** A proposed change of a cell, in the cell and in the place of its editor. */
export class Review extends DiffReview {
  constructor(private _cellOptions: IReviewOptions) {
    super({ ..._cellOptions, source: _cellOptions.cell.model.sharedModel.getSource() });
    const { cell, trans, inline } = _cellOptions;
    this.node.dataset.townie = 'review';
    this.node.setAttribute('aria-label', trans.__('Proposed change'));
    this._earlier.className = 'jp-TownieReview-earlier';
    this._earlier.dataset.townie = 'review-earlier';
    this._earlier.hidden = true;
    this.node.insertBefore(this._earlier, this.body);
    this._addButtons();
    this._fillNotice();

    // Who is typing in the cell must not lose the editor.
    const typing = cell.editor?.hasFocus() ?? false;
    const asking =
      inline && !typing && (cell.editorWidget?.node.contains(document.activeElement) ?? false);
    cell.addClass(REVIEW_CLASS);
    this.showSource(typing);
    (cell.inputArea!.layout as PanelLayout).addWidget(this);
    if (asking) {
      // The line in which the change was asked for is covered now; it comes back when nothing comes of it.
      this.takeFocus();
    }
    cell.model.sharedModel.changed.connect(this._onSourceChanged, this);
    // The language of a notebook may be known only when its kernel is.
    cell.model.mimeTypeChanged.connect(this._onLanguageChanged, this);
    void this.shown.load();
  }

  get cell(): Cell {
    return this._cellOptions.cell;
  }

  /** The user has decided. */
  get decided(): ISignal<this, ReviewChoice> {
    return this._decided;
  }

  get isSourceShown(): boolean {
    return this.cell.hasClass(SOURCE_CLASS);
  }

  /** How many earlier changes of the cell wait, too; each is shown when the one before the user is decided. */
  set earlier(count: number) {
    this._earlier.hidden = count === 0;
    this._earlier.textContent = this._cellOptions.trans._n(
      'An earlier change of this cell waits, too. It comes when this one is decided.',
      '%1 earlier changes of this cell wait, too. They come when this one is decided.',
      count
    );
  }

  /** Show the cell's own editor above the review, or only the review. */
  showSource(shown: boolean): void {
    this.cell.toggleClass(SOURCE_CLASS, shown);
    this._sourceButton.setAttribute('aria-pressed', String(shown));
  }

  protected onDecided(choice: ReviewChoice): void {
    this._decided.emit(choice);
  }

  /** Who goes to the change of a cell whose input is folded away wants to see it. */
  protected override takeFocus(): void {
    if (this.cell.inputHidden) {
      this.cell.inputHidden = false;
    }
    super.takeFocus();
  }

  leave(): void {
    if (this.options.inline) {
      this.decide('reject');
    } else {
      this.cell.node.focus();
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    const { cell } = this;
    const hadFocus = this.node.contains(document.activeElement);
    if (!cell.isDisposed) {
      cell.model.sharedModel.changed.disconnect(this._onSourceChanged, this);
      cell.model.mimeTypeChanged.disconnect(this._onLanguageChanged, this);
      cell.removeClass(REVIEW_CLASS);
      cell.removeClass(SOURCE_CLASS);
    }
    super.dispose();
    if (!hadFocus || cell.isDisposed) {
      return;
    }
    if (this.options.inline) {
      const asked = cell.node.querySelector<HTMLElement>('.jp-TownieInline-input');
      (asked ?? cell.editor)?.focus();
    } else {
      cell.node.focus({ preventScroll: true });
    }
  }

  protected shownText(): IShownText {
    const { cell, trans } = this._cellOptions;
    return {
      mimeType: cell.model.mimeType,
      // What differs must be in sight also where the editor would have to be scrolled sideways.
      config: { ...cell.editorConfig, lineWrap: true },
      collapse: false,
      proposalLabel: trans.__('Proposed source'),
      originalLabel: trans.__('Source of the cell')
    };
  }

  protected onMoved(left: number): void {
    this.notice.hidden = !left;
  }

  private _onSourceChanged(): void {
    this.move(this.cell.model.sharedModel.getSource());
  }

  private _onLanguageChanged(): void {
    this.shown.reload();
  }

  private _addButtons(): void {
    const { trans, bare, cell, about, inline } = this._cellOptions;
    this._sourceButton = barButton({
      name: 'toggle-source',
      label: trans.__('Source'),
      title: trans.__('Show the source as it is now'),
      onClick: () => this.showSource(!this.isSourceShown)
    });
    this.header.views.append(this._sourceButton);
    if (bare) {
      return;
    }
    // In the order, and with the first choice, of the same buttons in the chat.
    const runs = cell.model.type === 'code' && !about.takesBack;
    const first: ReviewChoice = runs && !about.fails && !inline ? 'accept_and_run' : 'accept';
    const decide = (name: ReviewChoice, label: string) =>
      this.header.actions.append(
        barButton({ name, label, primary: name === first, onClick: () => this.decide(name) })
      );
    if (runs) {
      decide('accept_and_run', trans.__('Accept and run'));
    }
    decide('accept', trans.__('Accept'));
    decide('reject', trans.__('Reject'));
  }

  private _fillNotice(): void {
    const { trans } = this._cellOptions;
    fillConflictNotice(this.notice, {
      text: trans.__(
        'You changed lines that the proposal changes, too. Your text is kept; what still fits is shown.'
      ),
      trans,
      compareWhole: () => this.shown.showWhole(),
      keepMine: () => this.decide('reject')
    });
  }

  private _earlier = document.createElement('div');
  private _sourceButton!: HTMLElement;
  private _decided = new Signal<this, ReviewChoice>(this);
}
