import { Widget } from '@lumino/widgets';
import { ThreadInfo } from '../protocol';
import { ReconnectingSocket } from '../server/reconnecting';
import { asProblem, RequestError, TownieApi } from './api';
import { button, h } from './dom';
import { matching } from './search';
import { ISurroundings } from './surroundings';
import { arrange, ThreadRow } from './threadrow';

/** How long a deletion can be taken back, in milliseconds. */
const REGRET = 7_000;
/** How long nothing is typed before the chats themselves are searched, in milliseconds. */
const PAUSE = 250;

/** All threads of this user, as they are while it is shown: search, open, rename, delete with a way back. */
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

  /** Read the threads; why that fails is told in their place. */
  async refresh(): Promise<void> {
    try {
      this._know(await this._api.threads());
    } catch (error) {
      this._failed = asProblem(error).message;
      this._show();
    }
  }

  focusSearch(): void {
    this._search.focus();
  }

  override dispose(): void {
    this._leave();
    this._deleteNow();
    window.removeEventListener('pagehide', this._deleteNow);
    clearTimeout(this._searching);
    super.dispose();
  }

  /** The server tells the threads, and again whenever something of them is different, wherever it was done. */
  protected override onAfterShow(): void {
    this._socket ??= new ReconnectingSocket({
      socket: () => this._api.socket('threads/channel'),
      opened: () => undefined,
      received: data => this._know(JSON.parse(data) as ThreadInfo[]),
      closed: () => void this.refresh(),
      gone: () => undefined
    });
    this._socket.connect();
  }

  protected override onBeforeHide(): void {
    this._leave();
  }

  private _leave(): void {
    this._socket?.dispose();
    this._socket = null;
  }

  private _know(threads: readonly ThreadInfo[]): void {
    this._threads = [...threads].sort((a, b) => b.updated - a.updated);
    this._failed = '';
    // What was said meanwhile may have the words, too.
    this._searched();
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
    const known = this._threads.filter(({ id }) => !this._deleted.has(id));
    const titled = new Set(matching(known, this._search.value));
    const shown = known.filter(thread => titled.has(thread) || this._holding.has(thread.id));
    const focused = this._shown.findIndex(row => row.node.contains(document.activeElement));
    this._shown = shown.map(thread => this._row(thread));
    arrange(
      this._rows,
      this._shown.map(({ node }) => node)
    );
    if (focused >= 0 && !this._rows.contains(document.activeElement)) {
      this._focusRow(Math.min(focused, this._shown.length - 1));
    }
    if (!this._deleting) {
      this._note.replaceChildren(
        this._failed ||
          (shown.length
            ? ''
            : known.length
              ? trans.__('No chat has that in it.')
              : trans.__('No chats yet.'))
      );
    }
  }

  private _row(thread: ThreadInfo): ThreadRow {
    const row = this._rowOf(thread.id);
    if (row) {
      row.update(thread);
      return row;
    }
    return new ThreadRow(thread, {
      around: this._around,
      open: this._open,
      renamed: (id, title) => this._renamed(id, title),
      remove: id => this._delete(id)
    });
  }

  private _renamed(id: string, title: string | null): void {
    if (title !== null) {
      this._threads = this._threads.map(other => (other.id === id ? { ...other, title } : other));
      this._api.rename(id, title).catch(error => {
        this._around.townie.notify(asProblem(error), 'error');
        void this.refresh();
      });
    }
    this._show();
  }

  private _delete(id: string): void {
    const { trans, townie } = this._around;
    this._deleteNow();
    const row = this._rowOf(id);
    if (!row) {
      return;
    }
    const index = this._shown.indexOf(row);
    this._deleting = id;
    this._deleted.add(id);
    this._note.replaceChildren(
      `${trans.__('Deleted “%1”.', row.thread.title || trans.__('Untitled'))} `,
      button({
        label: trans.__('Undo'),
        kind: 'link',
        townie: 'undo-delete',
        click: () => {
          clearTimeout(this._deletion);
          this._deleting = null;
          this._deleted.delete(id);
          this._show();
          this._rowOf(id)?.focus();
        }
      })
    );
    if (townie.current?.id === id) {
      void townie.select(null);
    }
    this._show();
    this._focusRow(Math.min(index, this._shown.length - 1));
    this._deletion = setTimeout(this._deleteNow, REGRET);
  }

  private _deleteNow = (): void => {
    const id = this._deleting;
    clearTimeout(this._deletion);
    this._deleting = null;
    if (id === null) {
      return;
    }
    this._around.townie.close(id);
    this._api.remove(id, true).catch(error => {
      // Somebody else may have deleted it meanwhile.
      if (!(error instanceof RequestError && error.status === 404)) {
        this._deleted.delete(id);
        this._around.townie.notify(asProblem(error), 'error');
        void this.refresh();
      }
    });
    this._show();
  };

  private _key(event: KeyboardEvent): void {
    const node = (event.target as Element).closest('.jp-Townie-threadRow');
    const at = this._shown.findIndex(row => row.node === node);
    if (at < 0 || event.target instanceof HTMLInputElement) {
      return;
    }
    const row = this._shown[at];
    if (event.key === 'ArrowDown') {
      this._focusRow(at + 1);
    } else if (event.key === 'ArrowUp') {
      this._focusRow(at - 1);
    } else if (event.key === 'F2') {
      row.rename();
    } else if (event.key === 'Delete') {
      this._delete(row.thread.id);
    } else {
      return;
    }
    event.preventDefault();
  }

  private _focusRow(index: number): void {
    if (index < 0) {
      this._search.focus();
    } else {
      this._shown[index]?.focus();
    }
  }

  private _rowOf(id: string): ThreadRow | undefined {
    return this._shown.find(row => row.thread.id === id);
  }

  private _search: HTMLInputElement;
  private _rows: HTMLElement;
  private _note: HTMLElement;
  private _threads: ThreadInfo[] = [];
  private _shown: readonly ThreadRow[] = [];
  private _socket: ReconnectingSocket | null = null;
  private _failed = '';
  /** In which something that is searched for was said. */
  private _holding: ReadonlySet<string> = new Set();
  private _searching: ReturnType<typeof setTimeout> | undefined;
  /** Deleted, as far as the user is concerned; what the server tells may be older. */
  private _deleted = new Set<string>();
  /** The one of these that can be had back. */
  private _deleting: string | null = null;
  private _deletion: ReturnType<typeof setTimeout> | undefined;
}
