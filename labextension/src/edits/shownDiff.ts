import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { isLong, loadParts, makeDiff, pauseFor } from './diffLoading';
import type { DiffLayout, IDiffChange, IDiffView } from './diffView';
import { FittingLayout } from './fittingLayout';
import { IProposal, MovingProposal } from './movingProposal';
import type { IPaneServices } from './pane';

const UNFINISHED_CLASS = 'jp-mod-townieUnfinished';

/** What a review needs to know of the text that it shows. */
export interface IShownText {
  readonly mimeType: string;
  readonly config: Record<string, unknown>;
  /** Unchanged lines far from any change are folded away. */
  readonly collapse: boolean;
  readonly proposalLabel: string;
  readonly originalLabel: string;
}

/** What has become of a proposal in its review. */
export interface IReviewedTexts {
  /** The source that it is to replace. */
  readonly source: string;
  /** The source with what was accepted already. */
  readonly original: string;
  /** The proposal without what was rejected, and as the user changed it. */
  readonly proposal: string;
}

/** Around a diff that is shown. */
export interface IDiffHost {
  readonly panes: IPaneServices;
  readonly trans: TranslationBundle;
  /** While the model writes, the user can neither edit the proposal nor settle any of its changes. */
  isLocked(): boolean;
  /** What is shown; asked for whenever a view is made. */
  shownText(): IShownText;
  /** Anything of it is another one now. */
  changed(): void;
  /** The user has settled a change in the view itself. */
  settled(how: 'accept' | 'reject'): void;
  /** Some of the changes, `left`, could not be carried over to the source. */
  moved(left: number): void;
  /** Whether two texts are not shown beside each other although they should be, as there is no room. */
  narrowed(isNarrow: boolean): void;
  /** A view was made. */
  loaded(): void;
  /** A view that was waited for has the focus. */
  focused(): void;
}

/**
 * A proposal, carried over to the source as it is now, as a diff in an element. Its view is made anew when another layout
 * or look is wanted, with what was accepted, rejected and typed in it so far.
 */
export class ShownDiff implements IDisposable {
  constructor(
    private _body: HTMLElement,
    { proposal, source, layout }: { proposal: IProposal; source: string; layout: DiffLayout },
    private _host: IDiffHost
  ) {
    this._moving = new MovingProposal(proposal, source);
    this._fitting = new FittingLayout(_body, layout);
    this._fitting.measured.connect((_, another) => {
      _host.narrowed(this._fitting.isNarrow);
      if (another) {
        this.reload();
      }
    });
  }

  /** Null until what it is made of was loaded. */
  get view(): IDiffView | null {
    return this._view;
  }

  get changes(): readonly IDiffChange[] {
    return this._view?.changes ?? [];
  }

  get source(): string {
    return this._moving.source;
  }

  get proposal(): string {
    return this._view?.proposal ?? this._resumed?.proposal ?? this._moving.text;
  }

  /** How many of the changes could not be carried over to the source. */
  get left(): number {
    return this._moving.left;
  }

  /** What is shown; null until it is. */
  get texts(): IReviewedTexts | null {
    return (
      this._view && {
        source: this.source,
        original: this._view.original,
        proposal: this._view.proposal
      }
    );
  }

  /** Whether the user has accepted, rejected or typed anything in it. */
  get isTouched(): boolean {
    if (!this._view) {
      return this._resumed !== null;
    }
    return this._view.proposal !== this._pristine || this._view.original !== this.source;
  }

  /** Go on with what has become of the proposal in another review of it, or in this one before. */
  resume(texts: IReviewedTexts): void {
    if (this._view) {
      this._follow(this._view, texts);
    } else {
      this._resumed = texts;
    }
  }

  get layout(): DiffLayout {
    return this._fitting.wanted;
  }
  set layout(layout: DiffLayout) {
    if (layout !== this._fitting.wanted) {
      this._fitting.wanted = layout;
      this.reload();
    }
  }

  /** More of the proposal has been written. */
  write(proposal: IProposal): void {
    this._moving.write(proposal);
    this._pristine = this._moving.text;
    this._host.moved(this._moving.left);
    this._view?.set(this.source, this._moving.text);
    this._host.changed();
  }

  /** All of the proposal has been written. */
  complete({ before, after }: IProposal): void {
    this._view?.lock(false);
    if (this._view && isLong(before, after)) {
      // What has come last may ask for another layout.
      void this.load();
    }
    this._host.changed();
  }

  /** The source is another one now: carry the proposal over as far as it fits. */
  move(source: string): void {
    if (source === this.source) {
      return;
    }
    const touched = this.isTouched;
    this._moving.moveTo(source, this._view);
    if (this._view) {
      this._pristine = touched ? null : this._moving.text;
      this._host.moved(this._moving.left);
      this._host.changed();
    }
  }

  /** The whole proposal against the source, although it takes back what the user has typed since. */
  showWhole(): void {
    this._moving.showWhole(this._view);
    this._pristine = null;
    this._view?.focus();
    this._host.moved(0);
    this._host.changed();
  }

  /** Focus the text, when it is there. */
  focus(): void {
    if (this._view) {
      this._view.focus();
    } else {
      this._focusWanted = true;
      this._body.focus({ preventScroll: true });
    }
  }

  measure(): void {
    this._view?.measure();
  }

  /** Make the view anew. */
  reload(): void {
    if (this._view) {
      void this.load();
    }
  }

  async load(): Promise<void> {
    const host = this._host;
    const text = host.shownText();
    const parts = await loadParts(host.panes, text.mimeType);
    if (this._isDisposed) {
      return;
    }
    this._moving.compare = parts.compare;
    this._fitting.measure();
    const layout = this._fitting.shown;
    const locked = host.isLocked();
    const { whole } = this._moving;
    const resumed = this._view ? null : this._resumed;
    const source = resumed?.source ?? this.source;
    const original = this._view?.original ?? resumed?.original ?? source;
    const proposal = this._view?.proposal ?? resumed?.proposal ?? this._carryOver();
    const view = await makeDiff(
      parts,
      layout,
      { services: host.panes, original, proposal, locked, ...this._options(text) },
      node => this._stage(node)
    );
    if (this._isDisposed) {
      view.dispose();
      return;
    }
    if (layout !== this._fitting.shown || text.mimeType !== host.shownText().mimeType) {
      view.dispose();
      return this.load();
    }
    // Either text may have become another one meanwhile.
    const typed = !this._view && this._moving.whole === whole ? this.source : null;
    if (typed === null) {
      view.set(this._view?.original ?? this.source, this._view?.proposal ?? this._carryOver());
    }
    this._show(view, typed === null ? this.source : source, resumed !== null);
    if (typed !== null) {
      // What differs is known by now, and need not be looked for again.
      this.move(typed);
    }
    if (this._resumed && this._resumed !== resumed) {
      this._follow(view, this._resumed);
    }
    this._resumed = null;
    if (locked !== host.isLocked()) {
      view.lock(!locked);
    }
    await pauseFor(this.source, this._moving.text)();
    if (this._isDisposed || this._view !== view) {
      return;
    }
    view.measure();
    host.loaded();
    host.changed();
    if (this._focusWanted) {
      this._focusWanted = false;
      view.focus();
      host.focused();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._fitting.dispose();
      this._view?.dispose();
    }
  }

  private _options({ mimeType, config, collapse, proposalLabel, originalLabel }: IShownText) {
    const { trans } = this._host;
    return {
      mimeType,
      config,
      collapse,
      onChanged: () => this._host.changed(),
      onSettled: (how: 'accept' | 'reject') => this._host.settled(how),
      labels: {
        proposal: proposalLabel,
        original: originalLabel,
        accept: trans.__('Accept this change'),
        reject: trans.__('Reject this change')
      }
    };
  }

  /** Put a finished view in the place of the one before it. */
  private _show(view: IDiffView, source: string, resumed: boolean): void {
    this._focusWanted ||= this._body.contains(document.activeElement);
    if (!this._view) {
      this._pristine = resumed ? null : view.proposal;
    }
    this._view?.dispose();
    this._view = view;
    this._moving.shownFor(source, view);
    view.node.classList.remove(UNFINISHED_CLASS);
    this._showOnly(view.node);
  }

  private _follow(view: IDiffView, { source, original, proposal }: IReviewedTexts): void {
    if (source === this.source && (view.original !== original || view.proposal !== proposal)) {
      this._pristine = null;
      view.set(original, proposal);
    }
  }

  private _stage(node: HTMLElement): void {
    node.classList.add(UNFINISHED_CLASS);
    this._body.append(node);
  }

  /** One that was staged stays where it is: put there anew, all of its lines would be styled and laid out again. */
  private _showOnly(node: HTMLElement): void {
    for (const other of [...this._body.childNodes]) {
      if (other !== node) {
        other.remove();
      }
    }
    if (!node.parentNode) {
      this._body.append(node);
    }
  }

  /** The proposal for the source as it is now; what could not be carried over is told. */
  private _carryOver(): string {
    const text = this._moving.carryOver();
    this._host.moved(this._moving.left);
    return text;
  }

  private _fitting: FittingLayout;
  private _moving: MovingProposal;
  private _view: IDiffView | null = null;
  private _resumed: IReviewedTexts | null = null;
  /** The proposal as long as the user has done nothing with it. */
  private _pristine: string | null = null;
  private _focusWanted = false;
  private _isDisposed = false;
}
