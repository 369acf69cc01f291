import { TranslationBundle } from '@jupyterlab/translation';
import { AppComparison, AppFileChange } from '../protocol';
import { asProblem } from '../threads/api';
import { diffLines, DiffView } from '../threads/diffview';
import { button, h, setText } from '../threads/dom';
import { problemView } from '../threads/problem';
import { ISurroundings } from '../threads/surroundings';
import { AppsApi } from './api';

/** Files whose lines are counted without being asked for. */
const MOST_COUNTED = 30;

/** A version, or `now`. */
export interface IState {
  id: string;
  title: string;
}

export interface IComparisonOptions {
  app: string;
  api: AppsApi;
  trans: TranslationBundle;
  /** All of them, the newest first. */
  states: readonly IState[];
  /** What is compared, and what with at first; places in `states`. */
  one: number;
  other: number;
  close(): void;
}

/** What differs between two versions, from the older to the newer: files with their lines, and rows of tables. */
export class ComparisonView {
  constructor(private _options: IComparisonOptions) {
    const { trans, states, one, other, close } = _options;
    this._other = other;
    this._title = h('h3', {});
    this._body = h('div', {});
    const select = h(
      'select',
      {
        class: 'jp-TownieApp-select',
        townie: 'app-compare-with',
        'aria-label': trans.__('Compare with'),
        onchange: () => {
          this._other = Number(select.value);
          void this._read();
        }
      },
      ...states.map(({ title }, index) =>
        index === one ? null : h('option', { value: index, selected: index === other }, title)
      )
    );
    this.node = h(
      'section',
      { class: 'jp-TownieApp-comparison', townie: 'app-comparison' },
      h(
        'div',
        { class: 'jp-TownieApp-comparisonHead' },
        button({ label: trans.__('Back'), townie: 'app-comparison-close', click: close }),
        select
      ),
      this._title,
      this._body
    );
    this._select = select;
    void this._read();
  }

  readonly node: HTMLElement;

  focus(): void {
    this._select.focus();
  }

  /** The older and the newer one. */
  private get _ends(): [IState, IState] {
    const { states, one } = this._options;
    return [states[Math.max(one, this._other)], states[Math.min(one, this._other)]];
  }

  private async _read(): Promise<void> {
    const { api, app, trans } = this._options;
    const [before, after] = this._ends;
    const title = trans.__('From “%1” to “%2”', before.title, after.title);
    const asked = ++this._asked;
    setText(this._title, title);
    this.node.setAttribute('aria-label', title);
    setText(this._body, trans.__('Comparing…'));
    try {
      const found = await api.compare(app, before.id, after.id);
      if (asked === this._asked) {
        this._show(found);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._body.replaceChildren(problemView(asProblem(error), 'error'));
      }
    }
  }

  private _show({ files, tables }: AppComparison): void {
    const { trans } = this._options;
    if (!files.length && !tables.length) {
      this._body.replaceChildren(
        h('p', { class: 'jp-TownieApp-empty' }, trans.__('Nothing differs.'))
      );
      return;
    }
    this._body.replaceChildren(
      ...files.map((file, index) => this._file(file, index < MOST_COUNTED)),
      ...(files.length
        ? []
        : [h('p', { class: 'jp-TownieApp-note' }, trans.__('The same files.'))]),
      tables.length
        ? h(
            'table',
            { class: 'jp-TownieApp-table jp-TownieApp-rows', townie: 'app-comparison-tables' },
            h(
              'tr',
              {},
              h('th', { scope: 'col' }, trans.__('Table')),
              h('th', { scope: 'col' }, trans.__('Rows before')),
              h('th', { scope: 'col' }, trans.__('Rows after'))
            ),
            ...tables.map(({ database, table, before, after }) =>
              h(
                'tr',
                {},
                h('td', { title: database }, table),
                h('td', {}, rows(before, trans)),
                h('td', {}, rows(after, trans))
              )
            )
          )
        : ''
    );
  }

  private _file({ path, effect }: AppFileChange, counted: boolean): HTMLElement {
    const { trans, api, app } = this._options;
    const [before, after] = this._ends;
    const said = { new: trans.__('new'), changed: '', deleted: trans.__('deleted') }[effect];
    const badge = h('span', { class: `jp-TownieApp-badge jp-mod-${effect}` }, said);
    const content = h('div', {});
    let texts: Promise<{ before: string; after: string }> | null = null;
    const read = () => (texts ??= api.compareFile(app, before.id, after.id, path));
    const details = h(
      'details',
      {
        class: 'jp-TownieApp-comparedFile',
        townie: 'app-compared-file',
        'data-path': path,
        ontoggle: () => {
          if (details.open && !content.hasChildNodes()) {
            read().then(
              both => {
                const diff = new DiffView(
                  { trans } as ISurroundings,
                  trans.__('Changes of %1', path)
                );
                diff.update(both);
                content.append(diff.node);
              },
              error => content.append(problemView(asProblem(error), 'info'))
            );
          }
        }
      },
      h('summary', {}, h('span', { class: 'jp-TownieApp-filePath' }, path), ' ', badge),
      content
    );
    if (counted) {
      read()
        .then(both => diffLines(both.before, both.after))
        .then(lines => {
          const count = (kind: string) => lines.filter(line => line.kind === kind).length;
          badge.textContent = [said, `+${count('added')} −${count('removed')}`]
            .filter(part => part)
            .join(' ');
        })
        .catch(() => {
          // It is said when the file is opened.
          badge.textContent = said || trans.__('changed');
        });
    }
    return details;
  }

  private _title: HTMLElement;
  private _body: HTMLElement;
  private _select: HTMLSelectElement;
  private _other: number;
  private _asked = 0;
}

function rows(count: number | null | undefined, trans: TranslationBundle): string {
  return count === null || count === undefined ? trans.__('no table') : count.toLocaleString();
}
