import { refreshIcon } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import { asProblem } from '../threads/api';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { AppsApi, IAppData } from './api';
import { AppChange, AppModel } from './model';
import { IPane } from './pane';
import { SecretList } from './secretList';

/** Characters of a value that are shown in a cell of the table. */
const LONGEST_VALUE = 300;
/** Rows that the server gives at once. */
const PAGE = 100;

/** What the app keeps: the tables of its database and its keys, to look at, and the names of its secrets. */
export class DataPane implements IPane {
  constructor(
    private _app: AppModel,
    private _api: AppsApi,
    private _trans: TranslationBundle
  ) {
    this._names = h('div', {
      class: 'jp-TownieApp-tables',
      role: 'group',
      'aria-label': _trans.__('Tables')
    });
    this._content = h('div', {
      class: 'jp-TownieApp-scroll',
      townie: 'app-data',
      tabindex: 0,
      role: 'region',
      'aria-label': _trans.__('Data of the app')
    });
    this._pager = h('span', { class: 'jp-TownieApp-pager' });
    this._secrets = new SecretList(_trans, secrets => _api.keepSecrets(_app.id, secrets));
    _app.changed.connect(this._changed, this);
    this.node = h(
      'div',
      { class: 'jp-TownieApp-data' },
      this._names,
      this._content,
      h(
        'div',
        { class: 'jp-TownieApp-paneBar' },
        button({
          label: _trans.__('Read again'),
          icon: refreshIcon,
          townie: 'refresh-data',
          click: () => void this._read()
        }),
        this._pager
      )
    );
  }

  readonly node: HTMLElement;

  show(): void {
    void this._read();
  }

  hide(): void {
    this._asked++;
  }

  dispose(): void {
    this._app.changed.disconnect(this._changed, this);
    this.hide();
  }

  private async _read(): Promise<void> {
    const asked = ++this._asked;
    try {
      const data = await this._api.data(this._app.id);
      if (asked === this._asked) {
        this._show(data);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._names.replaceChildren();
        this._pager.replaceChildren();
        this._content.replaceChildren(problemView(asProblem(error), 'error'));
      }
    }
  }

  private _show(data: IAppData): void {
    const trans = this._trans;
    const tables = data.tables.map(({ name, rows }) => ({
      id: `table:${name}`,
      label: name,
      count: rows,
      open: () => void this._openTable(name, 0)
    }));
    const keys = data.keys.length
      ? [
          {
            id: 'keys',
            label: trans.__('Keys'),
            count: data.keys.length,
            open: () => this._openKeys(data)
          }
        ]
      : [];
    const known = this._app.info.secrets ?? [];
    const secrets = known.length
      ? [
          {
            id: 'secrets',
            label: trans.__('Secrets'),
            count: known.length,
            open: () => this._openSecrets()
          }
        ]
      : [];
    const all = [...tables, ...keys, ...secrets];
    if (!all.length) {
      this._names.replaceChildren();
      this._pager.replaceChildren();
      this._content.replaceChildren(
        h(
          'p',
          { class: 'jp-TownieApp-empty' },
          trans.__(
            'The app has kept nothing yet. Tables of its database, what it stores under keys, and the secrets that it was given are listed here.'
          )
        )
      );
      return;
    }
    const chosen = all.find(entry => entry.id === this._chosen) ?? all[0];
    this._names.replaceChildren(
      ...all.map(entry => {
        const element = button({
          label: entry.label,
          townie: 'app-table',
          click: () => {
            this._chosen = entry.id;
            this._show(data);
            (this._names.querySelector('[aria-pressed="true"]') as HTMLElement | null)?.focus();
          }
        });
        element.setAttribute('aria-pressed', String(entry === chosen));
        element.append(h('span', { class: 'jp-TownieApp-count' }, String(entry.count)));
        return element;
      })
    );
    this._chosen = chosen.id;
    chosen.open();
  }

  private _openSecrets(): void {
    this._asked++;
    this._pager.replaceChildren();
    this._secrets.update(this._app.info.secrets ?? []);
    this._content.replaceChildren(this._secrets.node);
  }

  /** The list of secrets follows what becomes of them; tables are read when that is asked for. */
  private _changed(_: AppModel, change: AppChange): void {
    if (change === 'info') {
      this._secrets.update(this._app.info.secrets ?? []);
    }
  }

  private _openKeys(data: IAppData): void {
    this._asked++;
    this._pager.replaceChildren();
    this._table(
      [this._trans.__('Key'), this._trans.__('Value')],
      data.keys.map(({ key, value }) => [key, value])
    );
  }

  private async _openTable(name: string, offset: number): Promise<void> {
    const trans = this._trans;
    const asked = ++this._asked;
    try {
      const { columns, rows, total } = await this._api.rows(this._app.id, name, offset);
      if (asked !== this._asked) {
        return;
      }
      this._table(columns, rows);
      const step = (label: string, to: number, possible: boolean) => {
        const element = button({ label, click: () => void this._openTable(name, to) });
        element.disabled = !possible;
        return element;
      };
      const last = offset + rows.length;
      this._pager.replaceChildren(
        total > 0 ? trans.__('%1–%2 of %3', offset + 1, last, total) : trans.__('No rows')
      );
      if (offset > 0 || last < total) {
        const before = Math.max(0, offset - PAGE);
        this._pager.append(
          step(trans.__('Before'), before, offset > 0),
          step(trans.__('Next'), last, last < total)
        );
      }
    } catch (error) {
      if (asked === this._asked) {
        this._pager.replaceChildren();
        this._content.replaceChildren(problemView(asProblem(error), 'error'));
      }
    }
  }

  private _table(columns: readonly string[], rows: readonly (readonly unknown[])[]): void {
    this._content.replaceChildren(
      h(
        'table',
        { class: 'jp-TownieApp-table' },
        h('thead', {}, h('tr', {}, ...columns.map(name => h('th', { scope: 'col' }, name)))),
        h(
          'tbody',
          {},
          ...rows.map(row => h('tr', {}, ...row.map(value => h('td', {}, shortValue(value)))))
        )
      )
    );
  }

  private _names: HTMLElement;
  private _content: HTMLElement;
  private _pager: HTMLElement;
  private _secrets: SecretList;
  private _chosen = '';
  private _asked = 0;
}

/** A value of a database as one short text. */
export function shortValue(value: unknown): string {
  const text =
    value === null || value === undefined
      ? '∅'
      : typeof value === 'string'
        ? value
        : (JSON.stringify(value) ?? '');
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
