import { TranslationBundle } from '@jupyterlab/translation';
import { button, h } from '../threads/dom';
import { Journal } from './journal';
import { IPane } from './pane';

export interface ILogPaneOptions<T> {
  name: string;
  journal: Journal<T>;
  trans: TranslationBundle;
  /** Accessible name of the list. */
  label: string;
  empty: string;
  /** Elements before the rows, as the heads of columns. */
  head?: HTMLElement;
  row(entry: T): HTMLElement;
}

/** The newest entries of a journal, the last in sight unless the person has scrolled away from it. */
export class LogPane<T> implements IPane {
  constructor(private _options: ILogPaneOptions<T>) {
    const { name, trans, label, empty, head, journal } = _options;
    this._rows = h('div', { class: 'jp-TownieApp-rows' });
    this._scroll = h(
      'div',
      {
        class: 'jp-TownieApp-scroll',
        townie: `app-${name}`,
        role: 'log',
        tabindex: 0,
        'aria-label': label
      },
      head,
      this._rows
    );
    this._empty = h('p', { class: 'jp-TownieApp-empty' }, empty);
    this.node = h(
      'div',
      { class: 'jp-TownieApp-log' },
      this._empty,
      this._scroll,
      h(
        'div',
        { class: 'jp-TownieApp-paneBar' },
        button({
          label: trans.__('Clear'),
          townie: `clear-${name}`,
          click: () => journal.clear()
        })
      )
    );
    journal.changed.connect(this._changed, this);
  }

  readonly node: HTMLElement;

  show(): void {
    this._visible = true;
    this._draw();
    this._scroll.scrollTop = this._scroll.scrollHeight;
  }

  hide(): void {
    this._visible = false;
    cancelAnimationFrame(this._frame);
    this._frame = 0;
  }

  dispose(): void {
    this.hide();
    this._options.journal.changed.disconnect(this._changed, this);
  }

  private _changed(_: unknown, { cleared }: { cleared: boolean }): void {
    if (cleared) {
      this._rows.replaceChildren();
      this._drawn = this._options.journal.count;
    }
    // A thousand lines in one second are drawn once a frame.
    if (this._visible && !this._frame) {
      this._frame = requestAnimationFrame(() => this._draw());
    }
  }

  private _draw(): void {
    this._frame = 0;
    const { journal, row } = this._options;
    const { entries, count } = journal;
    const fresh = Math.min(entries.length, count - this._drawn);
    const scroll = this._scroll;
    const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 24;
    this._rows.append(...entries.slice(entries.length - fresh).map(row));
    this._drawn = count;
    while (this._rows.childElementCount > entries.length) {
      this._rows.firstElementChild?.remove();
    }
    this._empty.hidden = entries.length > 0;
    scroll.hidden = entries.length === 0;
    if (atEnd) {
      scroll.scrollTop = scroll.scrollHeight;
    }
  }

  private _rows: HTMLElement;
  private _scroll: HTMLElement;
  private _empty: HTMLElement;
  private _visible = false;
  private _drawn = 0;
  private _frame = 0;
}
