import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { ThreadInfo } from '../protocol';
import { asProblem, TownieApi } from './api';
import { button, h } from './dom';
import { titleField } from './header';
import { age, matching } from './search';
import { baseName, ISurroundings } from './surroundings';
import { dollars } from './usage';

/** How long a deletion can be taken back, in milliseconds. */
const REGRET = 7_000;
/** How long nothing is typed before the chats themselves are searched, in milliseconds. */
const PAUSE = 250;

/** All threads of this user: search, open, rename, delete with a way back. */
export class ThreadList extends Widget {
  constructor(
    private _api: TownieApi,
    private _around: ISurroundings,
    private _open: (id: string) => void
  ) {
    super();
    const { trans } = _around;
    this.addClass('jp-Townie-threadList');
    this._search = h('input', {
      class: 'jp-Townie-search',
      townie: 'thread-search',
      type: 'search',
      placeholder: trans.__('Search chats'),
      'aria-label': trans.__('Search chats'),
      oninput: () => this._searched()
    });
    this._rows = h('ul', {
      class: 'jp-Townie-threads',
      townie: 'thread-list',
      'aria-label': trans.__('Chats')
    });
    this._note = h('div', { class: 'jp-Townie-listNote', role: 'status', townie: 'list-note' });
    this.node.append(this._search, this._rows, this._note);
    this._rows.addEventListener('keydown', event => this._key(event));
    this._search.addEventListener('keydown', event => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        this._focusRow(0);
      }
    });
    window.addEventListener('pagehide', this._deleteNow);
  }

  async refresh(): Promise<void> {
    try {
      this._threads = (await this._api.threads()).sort((a, b) => b.updated - a.updated);
      this._failed = '';
    } catch (error) {
      this._failed = asProblem(error).message;
    }
    this._show();
  }

  focusSearch(): void {
    this._search.focus();
  }

  override dispose(): void {
    this._deleteNow();
    window.removeEventListener('pagehide', this._deleteNow);
    clearTimeout(this._searching);
    super.dispose();
  }

  /** Titles are searched at once, what was said in the chats a moment later. */
  private _searched(): void {
    const words = this._search.value.trim();
    clearTimeout(this._searching);
    if (!words) {
      this._holding = new Set();
    } else {
      this._searching = setTimeout(() => {
        this._api.search(words).then(
          found => {
            if (this._search.value.trim() === words) {
              this._holding = new Set(found.map(({ id }) => id));
              this._show();
            }
          },
          (error: unknown) => {
            this._failed = asProblem(error).message;
            this._show();
          }
        );
      }, PAUSE);
    }
    this._show();
  }

  private _show(): void {
    const { trans } = this._around;
    const known = this._threads.filter(thread => thread.id !== this._deleting?.id);
    const titled = new Set(matching(known, this._search.value));
    const shown = known.filter(thread => titled.has(thread) || this._holding.has(thread.id));
    this._rows.replaceChildren(...shown.map(thread => this._row(thread)));
    if (!this._deleting) {
      this._note.replaceChildren(
        this._failed ||
          (shown.length
            ? ''
            : this._threads.length
              ? trans.__('No chat has that in it.')
              : trans.__('No chats yet.'))
      );
    }
  }

  private _row(thread: ThreadInfo): HTMLElement {
    const { trans, townie } = this._around;
    const meta = [
      thread.running ? trans.__('answering') : age(thread.updated, undefined),
      thread.path ? baseName(thread.path) : '',
      thread.cost ? dollars(thread.cost) : ''
    ];
    const main = h(
      'button',
      {
        type: 'button',
        class: 'jp-Townie-threadOpen',
        townie: 'thread',
        'aria-current': townie.current?.id === thread.id ? 'true' : null,
        onclick: () => this._open(thread.id)
      },
      h(
        'span',
        { class: 'jp-Townie-threadTitle', dir: 'auto' },
        thread.title || trans.__('Untitled')
      ),
      h('span', { class: 'jp-Townie-threadMeta' }, meta.filter(text => text).join(' · '))
    );
    return h(
      'li',
      { class: 'jp-Townie-threadRow', 'data-thread': thread.id },
      main,
      button({
        label: trans.__('Rename %1', thread.title),
        icon: editIcon,
        townie: 'rename-thread',
        click: () => this._rename(thread)
      }),
      button({
        label: trans.__('Delete %1', thread.title),
        icon: deleteIcon,
        townie: 'delete-thread',
        click: () => this._delete(thread)
      })
    );
  }

  private _rename(thread: ThreadInfo): void {
    const row = this._rowOf(thread.id);
    const main = row?.querySelector('.jp-Townie-threadOpen');
    if (!main) {
      return;
    }
    const field = titleField(this._around.trans, thread.title, title => {
      if (title !== null && title !== thread.title) {
        this._threads = this._threads.map(other =>
          other.id === thread.id ? { ...other, title } : other
        );
        this._api.rename(thread.id, title).catch(error => {
          this._around.townie.notify(asProblem(error), 'error');
          void this.refresh();
        });
      }
      this._show();
      this._rowOf(thread.id)?.querySelector('button')?.focus();
    });
    main.replaceWith(field);
    field.focus();
    field.select();
  }

  private _delete(thread: ThreadInfo): void {
    const { trans, townie } = this._around;
    this._deleteNow();
    const index = [...this._rows.children].findIndex(
      row => (row as HTMLElement).dataset.thread === thread.id
    );
    this._deleting = thread;
    this._note.replaceChildren(
      `${trans.__('Deleted “%1”.', thread.title || trans.__('Untitled'))} `,
      button({
        label: trans.__('Undo'),
        kind: 'link',
        townie: 'undo-delete',
        click: () => {
          clearTimeout(this._deletion);
          this._deleting = null;
          this._show();
          this._rowOf(thread.id)?.querySelector('button')?.focus();
        }
      })
    );
    if (townie.current?.id === thread.id) {
      void townie.select(null);
    }
    this._show();
    this._focusRow(Math.min(index, this._rows.children.length - 1));
    this._deletion = setTimeout(this._deleteNow, REGRET);
  }

  private _deleteNow = (): void => {
    const thread = this._deleting;
    clearTimeout(this._deletion);
    this._deleting = null;
    if (!thread) {
      return;
    }
    this._threads = this._threads.filter(other => other.id !== thread.id);
    this._around.townie.close(thread.id);
    this._api.remove(thread.id, true).catch(error => {
      this._around.townie.notify(asProblem(error), 'error');
      void this.refresh();
    });
    this._show();
  };

  private _key(event: KeyboardEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('.jp-Townie-threadRow');
    if (!row || event.target instanceof HTMLInputElement) {
      return;
    }
    const thread = this._threads.find(other => other.id === row.dataset.thread);
    const at = [...this._rows.children].indexOf(row);
    if (event.key === 'ArrowDown') {
      this._focusRow(at + 1);
    } else if (event.key === 'ArrowUp') {
      this._focusRow(at - 1);
    } else if (event.key === 'F2' && thread) {
      this._rename(thread);
    } else if (event.key === 'Delete' && thread) {
      this._delete(thread);
    } else {
      return;
    }
    event.preventDefault();
  }

  private _focusRow(index: number): void {
    if (index < 0) {
      this._search.focus();
    } else {
      this._rows.children[index]?.querySelector('button')?.focus();
    }
  }

  private _rowOf(id: string): HTMLElement | undefined {
    return ([...this._rows.children] as HTMLElement[]).find(row => row.dataset.thread === id);
  }

  private _search: HTMLInputElement;
  private _rows: HTMLElement;
  private _note: HTMLElement;
  private _threads: ThreadInfo[] = [];
  private _failed = '';
  /** In which something that is searched for was said. */
  private _holding: ReadonlySet<string> = new Set();
  private _searching: ReturnType<typeof setTimeout> | undefined;
  private _deleting: ThreadInfo | null = null;
  private _deletion: ReturnType<typeof setTimeout> | undefined;
}
