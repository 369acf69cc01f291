import type { TranslationBundle } from '@jupyterlab/translation';
import { barButton } from '../notebooks/cellBar';
import type { IDiffChange } from './diffView';
import { position } from './position';

export interface IReviewHeaderOptions {
  trans: TranslationBundle;
  step: (by: 1 | -1) => void;
  stop: () => void;
}

/** Says which of the changes the user is on, or how far the writing has come; goes from change to change. */
export class ReviewHeader {
  constructor({ trans, step, stop }: IReviewHeaderOptions) {
    this._trans = trans;
    this.node.className = 'jp-TownieReview-header';
    this._position.className = 'jp-TownieReview-position';
    this._position.dataset.townie = 'review-position';
    this._live.className = 'jp-TownieReview-live';
    this._live.setAttribute('aria-live', 'polite');
    this.views.className = 'jp-TownieReview-views';
    this.actions.className = 'jp-TownieReview-actions';
    const button = (name: string, label: string, title: string, by: 1 | -1) => {
      const made = barButton({ name, label, title, onClick: () => step(by) });
      made.setAttribute('aria-label', title);
      made.hidden = true;
      return made;
    };
    this._steps = [
      button('previous-change', '↑', trans.__('Previous change'), -1),
      button('next-change', '↓', trans.__('Next change'), 1)
    ];
    const stopButton = barButton({
      name: 'stop-writing',
      label: trans.__('Stop'),
      title: trans.__('Stop writing, and change nothing'),
      onClick: stop
    });
    this.actions.append(stopButton);
    const buttons = document.createElement('div');
    buttons.className = 'jp-TownieReview-buttons';
    buttons.append(this.views, this.actions);
    this.node.append(...this._steps, this._position, this._live, buttons);
  }

  readonly node = document.createElement('div');
  /** The buttons that change what is seen. */
  readonly views = document.createElement('div');
  /** The buttons that do something with the whole change; where there is little room, they stay together. */
  readonly actions = document.createElement('div');

  /** The changes have become others, or the user is on another one; null while they are not known yet. */
  show(changes: readonly IDiffChange[] | null, current: number, writing: boolean): void {
    const text = writing
      ? this._progress(changes ?? [])
      : changes
        ? this.where(changes, current)
        : '';
    this._position.textContent = text;
    // Where there is little room its end is cut off.
    this._position.title = text;
    for (const step of this._steps) {
      step.hidden = (changes?.length ?? 0) < 2;
    }
  }

  /** Have it read out on which change the user is. */
  announce(changes: readonly IDiffChange[], current: number, done = ''): void {
    const text = `${done} ${this.where(changes, current)}`.trim();
    // The same words again are only read out when they are another text.
    this._live.textContent = this._live.textContent === text ? `${text}\u00a0` : text;
  }

  /** Which of the changes it is, and how large. */
  where(changes: readonly IDiffChange[], index: number): string {
    return position(changes, index, this._trans);
  }

  private _progress(changes: readonly IDiffChange[]): string {
    return changes.length
      ? this._trans.__('Writing %1', counts(changes))
      : this._trans.__('Writing');
  }

  private _trans: TranslationBundle;
  private _position = document.createElement('span');
  private _live = document.createElement('span');
  private _steps: HTMLElement[];
}

/** Lines that come and go, as "+3 −1". */
export function counts(changes: readonly IDiffChange[]): string {
  const sum = (key: 'added' | 'removed') => changes.reduce((all, one) => all + one[key], 0);
  return `+${sum('added')} −${sum('removed')}`;
}
