import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import { ThreadInfo } from '../protocol';
import { button, h, setText } from './dom';
import { titleField } from './header';
import { age } from './search';
import { baseName, ISurroundings } from './surroundings';
import { dollars } from './usage';

export interface IThreadRowOptions {
  around: ISurroundings;
  open(id: string): void;
  /** The title was changed; or not, and the field for it is gone. */
  renamed(id: string, title: string | null): void;
  remove(id: string): void;
}

/** One thread in the list. It stays the same element while the thread changes, so that it keeps the focus. */
export class ThreadRow {
  constructor(
    private _thread: ThreadInfo,
    private _options: IThreadRowOptions
  ) {
    const { around, open, remove } = _options;
    const { id } = _thread;
    this._main = h(
      'button',
      {
        type: 'button',
        class: 'jp-Townie-threadOpen',
        townie: 'thread',
        onclick: () => open(id)
      },
      this._title,
      this._meta
    );
    this._edit = button({
      label: around.trans.__('Rename'),
      icon: editIcon,
      townie: 'rename-thread',
      click: () => this.rename()
    });
    this._remove = button({
      label: around.trans.__('Delete'),
      icon: deleteIcon,
      townie: 'delete-thread',
      click: () => remove(id)
    });
    this.node = h(
      'li',
      { class: 'jp-Townie-threadRow', 'data-thread': id },
      this._main,
      this._edit,
      this._remove
    );
    this.update(_thread);
  }

  readonly node: HTMLElement;

  get thread(): ThreadInfo {
    return this._thread;
  }

  update(thread: ThreadInfo): void {
    const { trans, townie } = this._options.around;
    this._thread = thread;
    const meta = [
      thread.running ? trans.__('answering') : age(thread.updated, undefined),
      thread.path ? baseName(thread.path) : '',
      thread.cost ? dollars(thread.cost) : ''
    ];
    setText(this._title, thread.title || trans.__('Untitled'));
    setText(this._meta, meta.filter(text => text).join(' · '));
    setLabel(this._edit, trans.__('Rename %1', thread.title));
    setLabel(this._remove, trans.__('Delete %1', thread.title));
    if (townie.current?.id === thread.id) {
      this._main.setAttribute('aria-current', 'true');
    } else {
      this._main.removeAttribute('aria-current');
    }
  }

  focus(): void {
    this._main.focus();
  }

  /** Have a new title typed where the title is. */
  rename(): void {
    const { id, title } = this._thread;
    const field = titleField(this._options.around.trans, title, typed => {
      field.replaceWith(this._main);
      this._options.renamed(id, typed === title ? null : typed);
      this.focus();
    });
    this._main.replaceWith(field);
    field.focus();
    field.select();
  }

  private _main: HTMLButtonElement;
  private _title = h('span', { class: 'jp-Townie-threadTitle', dir: 'auto' });
  private _meta = h('span', { class: 'jp-Townie-threadMeta' });
  private _edit: HTMLButtonElement;
  private _remove: HTMLButtonElement;
}

function setLabel(element: HTMLButtonElement, label: string): void {
  element.title = label;
  element.setAttribute('aria-label', label);
}

/**
 * Make `rows` all that is in `list`, in this order. The one that has the focus is not moved, but the others around it:
 * an element that is moved loses the focus.
 */
export function arrange(list: HTMLElement, rows: readonly HTMLElement[]): void {
  const there = [...list.children];
  if (there.length === rows.length && there.every((row, index) => row === rows[index])) {
    return;
  }
  const focused = rows.find(row => row.contains(document.activeElement));
  if (!focused) {
    list.replaceChildren(...rows);
    return;
  }
  const at = rows.indexOf(focused);
  there.filter(row => row !== focused).forEach(row => row.remove());
  focused.before(...rows.slice(0, at));
  focused.after(...rows.slice(at + 1));
}
