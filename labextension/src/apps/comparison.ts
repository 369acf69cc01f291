import { TranslationBundle } from '@jupyterlab/translation';
import { AppComparison, AppFileChange } from '../protocol';
import { asProblem } from '../threads/api';
import { diffLines, DiffView } from '../threads/diffview';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { ISurroundings } from '../threads/surroundings';
import { AppsApi } from './api';

/** Files whose lines are counted without being asked for. */
const MOST_COUNTED = 30;

export interface IComparisonOptions {
  app: string;
  api: AppsApi;
  trans: TranslationBundle;
  /** A version, and another one or 'now'. */
  before: string;
  after: string;
  /** What is compared, in words. */
  title: string;
  close(): void;
}

/** What has changed from one version to another: files with their lines, and rows of tables. */
export class ComparisonView {
  constructor(private _options: IComparisonOptions) {
    const { trans, title, close } = _options;
    this._body = h('div', {}, trans.__('Comparing…'));
    this.node = h(
      'section',
      {
        class: 'jp-TownieApp-comparison',
        townie: 'app-comparison',
        'aria-label': title,
        tabindex: -1
      },
      h(
        'div',
        { class: 'jp-TownieApp-comparisonHead' },
        h('h3', {}, title),
        button({ label: trans.__('Back'), townie: 'app-comparison-close', click: close })
      ),
      this._body
    );
    void this._read();
  }

  readonly node: HTMLElement;

  private async _read(): Promise<void> {
    const { api, app, before, after } = this._options;
    try {
      this._show(await api.compare(app, before, after));
    } catch (error) {
      this._body.replaceChildren(problemView(asProblem(error), 'error'));
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
    const { trans, api, app, before, after } = this._options;
    const said = { new: trans.__('new'), changed: '', deleted: trans.__('deleted') }[effect];
    const badge = h('span', { class: `jp-TownieApp-badge jp-mod-${effect}` }, said);
    const content = h('div', {});
    let texts: Promise<{ before: string; after: string }> | null = null;
    const read = () => (texts ??= api.compareFile(app, before, after, path));
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

  private _body: HTMLElement;
}

function rows(count: number | null | undefined, trans: TranslationBundle): string {
  return count === null || count === undefined ? trans.__('no table') : count.toLocaleString();
}
