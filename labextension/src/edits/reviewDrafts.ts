import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ITownie } from '../threads/tokens';
import type { DiffReview } from './diffReview';
import { isOpen } from './proposed';
import type { IReviewedTexts } from './shownDiff';

const KEY = 'jupyter-townie:reviews';

/**
 * What the user has made of proposals that are not decided, while no review shows them: after a tab was closed, and after a
 * reload of the page. It stays in this tab of the browser.
 */
export class ReviewDrafts implements IDisposable {
  constructor(
    townie: ITownie,
    private _tab: Storage = window.sessionStorage
  ) {
    const note = _tab.getItem(KEY);
    _tab.removeItem(KEY);
    if (note) {
      this._drafts = new Map(JSON.parse(note) as [string, IReviewedTexts][]);
    }
    townie.changed.connect((_, { thread, change }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      if (action && !isOpen(action)) {
        this._drafts.delete(action.id);
      }
    }, this);
    window.addEventListener('pagehide', this._note);
  }

  /** What has become of a proposal, by the id of its action. */
  of(id: string): IReviewedTexts | null {
    return this._drafts.get(id) ?? null;
  }

  /** Keep what becomes of a proposal in its review beyond the review, until it is decided. */
  watch(review: DiffReview): void {
    this._reviews.add(review);
    review.disposed.connect(() => {
      this._reviews.delete(review);
      this._keep(review);
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
    window.removeEventListener('pagehide', this._note);
  }

  private _keep({ about: { id, thread }, reviewed }: DiffReview): void {
    const action = thread.action(id);
    if (reviewed && action && isOpen(action)) {
      this._drafts.set(id, reviewed);
    } else {
      this._drafts.delete(id);
    }
  }

  private _note = (): void => {
    this._reviews.forEach(review => this._keep(review));
    if (this._drafts.size) {
      try {
        this._tab.setItem(KEY, JSON.stringify([...this._drafts]));
      } catch (reason) {
        // There is a limit to what a browser keeps, of some megabytes.
        console.warn('What was typed in proposals could not be kept', reason);
      }
    }
  };

  private _drafts = new Map<string, IReviewedTexts>();
  private _reviews = new Set<DiffReview>();
  private _isDisposed = false;
}
