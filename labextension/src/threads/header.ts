import { addIcon, historyIcon } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import { button, h, setText } from './dom';

export interface IHeaderOptions {
  trans: TranslationBundle;
  rename(title: string): void;
  fresh(): void;
  toggleList(): void;
}

/** The title of the thread, renamed in place, and the ways to other threads. */
export class Header {
  constructor(private _options: IHeaderOptions) {
    const { trans } = _options;
    this._title = h('button', {
      type: 'button',
      class: 'jp-Townie-title',
      townie: 'title',
      dir: 'auto',
      onclick: () => this._edit()
    });
    this._list = button({
      label: trans.__('Chats'),
      icon: historyIcon,
      townie: 'thread-list-button',
      click: () => _options.toggleList()
    });
    this._state = h('span', {
      class: 'jp-Townie-connection',
      townie: 'connection',
      role: 'status'
    });
    this.node = h(
      'div',
      { class: 'jp-Townie-header' },
      this._title,
      this._state,
      this._list,
      button({
        label: trans.__('New chat'),
        icon: addIcon,
        townie: 'new-thread',
        click: () => _options.fresh()
      })
    );
    this.setListOpen(false);
    this.setTitle(null);
  }

  readonly node: HTMLElement;

  /** Null for a chat that has not begun. */
  setTitle(title: string | null): void {
    const { trans } = this._options;
    this._shown = title ?? '';
    setText(this._title, title || (title === null ? trans.__('New chat') : trans.__('Untitled')));
    this._title.disabled = title === null;
    this._title.title = title === null ? '' : trans.__('%1 (click to rename)', title);
  }

  setConnected(connected: boolean): void {
    setText(this._state, connected ? '' : this._options.trans.__('Reconnecting…'));
  }

  setListOpen(open: boolean): void {
    this._list.setAttribute('aria-expanded', String(open));
    this._list.classList.toggle('jp-mod-active', open);
  }

  private _edit(): void {
    const field = titleField(this._options.trans, this._shown, title => {
      field.replaceWith(this._title);
      if (title !== null && title !== this._shown) {
        this.setTitle(title);
        this._options.rename(title);
      }
      this._title.focus();
    });
    this._title.replaceWith(field);
    field.focus();
    field.select();
  }

  private _title: HTMLButtonElement;
  private _state: HTMLElement;
  private _list: HTMLButtonElement;
  private _shown = '';
}

/** A field for a new title; `done` gets null when nothing is to be changed. */
export function titleField(
  trans: TranslationBundle,
  title: string,
  done: (title: string | null) => void
): HTMLInputElement {
  let over = false;
  const finish = (result: string | null): void => {
    if (!over) {
      over = true;
      done(result);
    }
  };
  const field = h('input', {
    class: 'jp-Townie-titleField',
    townie: 'title-field',
    type: 'text',
    maxlength: 200,
    dir: 'auto',
    'aria-label': trans.__('Title of the chat')
  });
  field.value = title;
  field.addEventListener('keydown', event => {
    if (event.isComposing) {
      return;
    }
    event.stopPropagation();
    if (event.key === 'Enter') {
      // The focus moves to a button, which the same key would press.
      event.preventDefault();
      finish(field.value.trim() || null);
    } else if (event.key === 'Escape') {
      finish(null);
    }
  });
  field.addEventListener('blur', () => finish(field.value.trim() || null));
  return field;
}
