import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { asProblem } from '../threads/api';
import { changesOf, counting, IChange } from '../threads/changes';
import { DiffView } from '../threads/diffview';
import { button, h, setText } from '../threads/dom';
import { Highlighter } from '../threads/highlight';
import { problemView } from '../threads/problem';
import { ISurroundings } from '../threads/surroundings';
import { ITownie, ITurn } from '../threads/tokens';
import { AppsApi } from './api';
import { AppModel } from './model';
import { IPane } from './pane';

export interface ICodePaneOptions {
  app: AppModel;
  api: AppsApi;
  townie: ITownie;
  languages: IEditorLanguageRegistry | null;
  trans: TranslationBundle;
  openFile(path: string): void;
}

/** The files of the app, and what the last turn has changed in them. */
export class CodePane implements IPane {
  constructor(private _options: ICodePaneOptions) {
    const { trans, app, townie } = _options;
    this._list = h('ul', {
      class: 'jp-TownieApp-files',
      townie: 'app-files',
      role: 'listbox',
      'aria-label': trans.__('Files of the app')
    });
    this._name = h('span', { class: 'jp-TownieApp-fileName' });
    this._mode = button({
      label: trans.__('Changes'),
      title: trans.__('What the last turn has changed in this file'),
      townie: 'app-file-changes',
      click: () => {
        this._diffWanted = !this._diffWanted;
        void this._showFile();
      }
    });
    this._edit = button({
      label: trans.__('Edit'),
      title: trans.__('Open it in the editor'),
      townie: 'app-file-edit',
      click: () => this._open()
    });
    this._body = h('div', {
      class: 'jp-TownieApp-scroll',
      townie: 'app-file',
      tabindex: 0,
      role: 'region',
      'aria-label': trans.__('Text of the file')
    });
    this.node = h(
      'div',
      { class: 'jp-TownieApp-code' },
      h(
        'div',
        { class: 'jp-TownieApp-side' },
        this._list,
        button({
          label: trans.__('Download as zip'),
          title: trans.__('All of it, to run without Townie'),
          kind: 'link',
          townie: 'app-export',
          click: element => void this._download(element)
        })
      ),
      h(
        'div',
        { class: 'jp-TownieApp-file' },
        h('div', { class: 'jp-TownieApp-fileHead' }, this._name, this._mode, this._edit),
        this._body
      )
    );
    this._list.addEventListener('keydown', event => this._key(event));
    app.reload.connect(this._refresh, this);
    townie.changed.connect(this._threadChanged, this);
  }

  readonly node: HTMLElement;

  show(): void {
    this._visible = true;
    void this._read();
  }

  hide(): void {
    this._visible = false;
  }

  dispose(): void {
    this._visible = false;
    this._options.app.reload.disconnect(this._refresh, this);
    this._options.townie.changed.disconnect(this._threadChanged, this);
  }

  private _refresh(): void {
    if (this._visible) {
      void this._read();
    }
  }

  private _threadChanged(_: unknown, { change }: { change: { kind: string } }): void {
    if (this._visible && change.kind === 'action' && !this._due) {
      this._due = true;
      requestAnimationFrame(() => {
        this._due = false;
        this._refresh();
      });
    }
  }

  private async _read(): Promise<void> {
    const { api, app } = this._options;
    const asked = ++this._asked;
    try {
      const files = await api.files(app.id);
      if (asked !== this._asked || !this._visible) {
        return;
      }
      const prefix = `${app.info.path}/`;
      this._changes = this._lastChanges();
      const paths = files.map(({ path }) =>
        path.startsWith(prefix) ? path.slice(prefix.length) : path
      );
      for (const [path, change] of this._changes) {
        if (!paths.includes(path) && change.effect === 'deleted') {
          paths.push(path);
        }
      }
      this._showList(paths.sort(byFolder));
      await this._showFile();
    } catch (error) {
      if (asked === this._asked) {
        this._list.replaceChildren();
        this._body.replaceChildren(problemView(asProblem(error), 'error'));
      }
    }
  }

  /** What the newest turn that touched this app did to it, by path within the folder. */
  private _lastChanges(): Map<string, IChange> {
    const { townie, app } = this._options;
    const prefix = `${app.info.path}/`;
    let newest: { turn: ITurn; changes: IChange[] } | null = null;
    for (const thread of townie.threads) {
      for (const turn of thread.turns) {
        const changes = counting(changesOf(turn)).filter(
          ({ path, cellId }) => cellId === null && path.startsWith(prefix)
        );
        if (changes.length && (!newest || turn.started.time >= newest.turn.started.time)) {
          newest = { turn, changes };
        }
      }
    }
    return new Map(newest?.changes.map(change => [change.path.slice(prefix.length), change]));
  }

  private _showList(paths: readonly string[]): void {
    if (!paths.includes(this._chosen)) {
      this._chosen =
        paths.find(path => this._changes.has(path)) ??
        paths.find(path => /(^|\/)(index\.html|app\.py)$/.test(path)) ??
        paths[0] ??
        '';
    }
    const focused = this._list.contains(document.activeElement);
    this._list.replaceChildren(...paths.map(path => this._item(path)));
    if (focused) {
      (this._list.querySelector('[aria-selected="true"]') as HTMLElement | null)?.focus();
    }
  }

  private _item(path: string): HTMLElement {
    const { trans } = this._options;
    const change = this._changes.get(path);
    const depth = path.split('/').length - 1;
    const chosen = path === this._chosen;
    const badge =
      change &&
      {
        new: trans.__('new'),
        changed: change.counts ? `+${change.counts.added} −${change.counts.removed}` : '±',
        deleted: trans.__('deleted')
      }[change.effect];
    return h(
      'li',
      {
        class: 'jp-TownieApp-fileItem',
        townie: 'app-file-item',
        role: 'option',
        tabindex: chosen ? 0 : -1,
        'aria-selected': String(chosen),
        'data-path': path,
        title: path,
        onclick: () => this._choose(path),
        ondblclick: () => this._open()
      },
      h(
        'span',
        { class: 'jp-TownieApp-filePath' },
        depth ? h('span', { class: 'jp-TownieApp-folder' }, path.replace(/[^/]+$/, '')) : null,
        path.replace(/^.*\//, '')
      ),
      badge ? h('span', { class: `jp-TownieApp-badge jp-mod-${change?.effect}` }, badge) : null
    );
  }

  private _choose(path: string): void {
    this._chosen = path;
    this._diffWanted = this._changes.get(path)?.effect === 'changed';
    for (const item of this._list.children) {
      const chosen = (item as HTMLElement).dataset.path === path;
      item.setAttribute('aria-selected', String(chosen));
      (item as HTMLElement).tabIndex = chosen ? 0 : -1;
    }
    void this._showFile();
  }

  private _key(event: KeyboardEvent): void {
    const item = (event.target as HTMLElement).closest<HTMLElement>('[role="option"]');
    if (!item) {
      return;
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      this._open();
      return;
    }
    const items = Array.from(this._list.children) as HTMLElement[];
    const at = items.indexOf(item);
    const to = {
      ArrowDown: Math.min(at + 1, items.length - 1),
      ArrowUp: Math.max(at - 1, 0),
      Home: 0,
      End: items.length - 1
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this._choose(items[to].dataset.path ?? '');
      items[to].focus();
    }
  }

  private _open(): void {
    if (this._chosen && this._changes.get(this._chosen)?.effect !== 'deleted') {
      this._options.openFile(this._chosen);
    }
  }

  private async _download(element: HTMLButtonElement): Promise<void> {
    const { api, app, townie } = this._options;
    element.disabled = true;
    try {
      const address = URL.createObjectURL(await api.exported(app.id));
      const link = h('a', { href: address, download: `${app.info.name}.zip` });
      link.click();
      window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
    } catch (error) {
      townie.notify(asProblem(error), 'error');
    }
    element.disabled = false;
  }

  private async _showFile(): Promise<void> {
    const { api, app, trans } = this._options;
    const path = this._chosen;
    const change = this._changes.get(path);
    setText(this._name, path);
    this._edit.hidden = !path || change?.effect === 'deleted';
    this._mode.hidden = change?.effect !== 'changed';
    const asDiff = change?.effect === 'deleted' || (this._diffWanted && !this._mode.hidden);
    this._mode.setAttribute('aria-pressed', String(asDiff));
    const key = `${path}\n${asDiff}`;
    if (!path) {
      this._body.replaceChildren(
        h('p', { class: 'jp-TownieApp-empty' }, trans.__('The app has no files yet.'))
      );
      return;
    }
    const asked = ++this._askedFile;
    if (asDiff && change) {
      const diff = new DiffView({ trans } as ISurroundings);
      diff.update(change);
      this._show(diff.node, key);
      return;
    }
    try {
      const text = await api.file(app.id, path);
      const code = await this._coloured(path, text);
      if (asked === this._askedFile) {
        this._show(
          h('pre', { class: 'jp-TownieApp-source jp-Townie-code' }, h('code', {}, code)),
          key
        );
      }
    } catch (error) {
      if (asked === this._askedFile) {
        this._body.replaceChildren(problemView(asProblem(error), 'info'));
        this._shown = '';
      }
    }
  }

  /** Keep the place in a text that is only shown anew. */
  private _show(node: HTMLElement, key: string): void {
    const top = key === this._shown ? this._body.scrollTop : 0;
    this._body.replaceChildren(node);
    this._body.scrollTop = top;
    this._shown = key;
  }

  private async _coloured(path: string, text: string): Promise<Node> {
    const { languages } = this._options;
    const name = languages?.findByFileName(path)?.name ?? '';
    try {
      const highlighter = await Highlighter.for(languages, name);
      const coloured = highlighter?.highlight(text, 0, text.length);
      if (coloured) {
        return coloured;
      }
    } catch (reason) {
      console.warn(`${path} could not be coloured.`, reason);
    }
    return document.createTextNode(text);
  }

  private _list: HTMLElement;
  private _name: HTMLElement;
  private _mode: HTMLButtonElement;
  private _edit: HTMLButtonElement;
  private _body: HTMLElement;
  private _changes = new Map<string, IChange>();
  private _chosen = '';
  private _shown = '';
  private _diffWanted = true;
  private _visible = false;
  private _due = false;
  private _asked = 0;
  private _askedFile = 0;
}

/** Files before folders, each by name. */
export function byFolder(one: string, other: string): number {
  const depth = (path: string) => path.split('/').length;
  return depth(one) - depth(other) || one.localeCompare(other);
}
