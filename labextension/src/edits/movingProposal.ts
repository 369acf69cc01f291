import type { IDiffView } from './diffView';
import type { IProposed } from './proposed';
import { asDocument, Compare, rebase, rebaseKnown } from './rebase';

/** What a source is to become; `after` may still grow while it is being written. */
export type IProposal = Pick<IProposed, 'before' | 'after'>;

/** A proposal that is carried over to the source as it is now, as far as it fits. */
export class MovingProposal {
  constructor(
    private _whole: IProposal,
    private _source: string
  ) {
    this._text = _whole.after;
  }

  /** How texts are compared, known when the first diff was loaded. */
  compare: Compare | null = null;

  /** The proposal as the model wrote it. */
  get whole(): IProposal {
    return this._whole;
  }

  /** The source that it is to replace, as it is now. */
  get source(): string {
    return this._source;
  }

  /** What the source would be. */
  get text(): string {
    return this._text;
  }

  /** How many of the changes could not be carried over. */
  get left(): number {
    return this._left;
  }

  /** The model has written more. */
  write(whole: IProposal): void {
    this._whole = whole;
    this.carryOver();
  }

  /** Work out anew what becomes of the whole proposal. */
  carryOver(): string {
    const { before, after } = this._whole;
    if (before === this._source || !this.compare) {
      this._text = after;
    } else {
      const moved = rebase(before, this._source, after, this.compare);
      this._left = moved.left;
      this._text = moved.text;
    }
    return this._text;
  }

  /** Have a diff show the proposal with what was accepted, rejected and typed in it, for another source. */
  moveTo(source: string, diff: IDiffView | null): void {
    const before = this._source;
    this._source = source;
    const { compare } = this;
    if (!compare || !diff) {
      return;
    }
    const { original, proposal, chunks } = diff;
    // First in what was accepted already, then in what is shown as a difference from that.
    const accepted = original === before ? [] : compare(asDocument(before), asDocument(original));
    const first = rebaseKnown(before, source, original, compare, accepted);
    const moved = rebaseKnown(original, first.text, proposal, compare, chunks);
    this._left += first.left + moved.left;
    this._text = moved.text;
    diff.set(first.text, moved.text);
  }

  /** Have a diff show the whole proposal against the source, although it takes back what the user has typed since. */
  showWhole(diff: IDiffView | null): void {
    this._left = 0;
    this._text = this._whole.after;
    diff?.set(this._source, this._text);
  }

  /** A diff was made while the source was still `source`; the user may have typed in it since. */
  shownFor(source: string, diff: IDiffView): void {
    this._source = source;
    this._text = diff.proposal;
  }

  private _text: string;
  private _left = 0;
}
