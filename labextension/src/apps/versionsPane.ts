import { TranslationBundle } from '@jupyterlab/translation';
import { AppInfo, AppVersion } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { AppsApi } from './api';
import { ComparisonView } from './comparison';
import { askText } from './dialog';
import { AppModel } from './model';
import { IPane } from './pane';
import { pictureView } from './pictures';

export interface IVersionsPaneOptions {
  app: AppModel;
  api: AppsApi;
  trans: TranslationBundle;
  /** Show an app that was made from a version. */
  open(info: AppInfo): void;
}

/** Every turn that changed the app: the way back to each of them and forward again, what differs, and branches. */
export class VersionsPane implements IPane {
  constructor(private _options: IVersionsPaneOptions) {
    const { trans, app } = _options;
    this._list = h('ol', { class: 'jp-TownieApp-versions', townie: 'app-versions' });
    this._said = h('div', { class: 'jp-TownieApp-versionsSaid', role: 'status' });
    this.node = h(
      'div',
      {
        class: 'jp-TownieApp-scroll jp-TownieApp-versionsPane',
        tabindex: 0,
        'aria-label': trans.__('Versions')
      },
      this._said,
      this._list
    );
    app.reload.connect(this._refresh, this);
  }

  readonly node: HTMLElement;

  show(): void {
    this._visible = true;
    this._said.replaceChildren();
    void this._read();
  }

  hide(): void {
    this._visible = false;
    this._asked++;
  }

  dispose(): void {
    this._options.app.reload.disconnect(this._refresh, this);
    this.hide();
  }

  private _refresh(): void {
    if (this._visible && !this._comparison) {
      void this._read();
    }
  }

  private async _read(): Promise<void> {
    const { app, api } = this._options;
    const asked = ++this._asked;
    try {
      const versions = await api.versions(app.id);
      if (asked === this._asked) {
        this._show(versions);
      }
    } catch (error) {
      if (asked === this._asked) {
        this._list.replaceChildren();
        this._said.replaceChildren(problemView(asProblem(error), 'error'));
      }
    }
  }

  private _show(versions: readonly AppVersion[]): void {
    const { trans } = this._options;
    if (!versions.length) {
      this._list.replaceChildren(
        h(
          'p',
          { class: 'jp-TownieApp-empty' },
          trans.__(
            'No versions yet. Each time that Townie changes the app, its files and a copy of its database are kept here, and you can go back.'
          )
        )
      );
      return;
    }
    const now = versions.findIndex(({ current }) => current);
    const focused = this._focused();
    this._list.replaceChildren(
      ...versions.map((version, index) => this._item(version, index, now, versions))
    );
    if (focused) {
      this._list
        .querySelector<HTMLElement>(`[data-version="${focused[0]}"] [data-townie="${focused[1]}"]`)
        ?.focus();
    }
  }

  private _item(
    version: AppVersion,
    index: number,
    now: number,
    versions: readonly AppVersion[]
  ): HTMLElement {
    const { trans, api, app } = this._options;
    const files = version.changed ?? [];
    const current = index === now;
    const title = version.title || trans.__('Version %1', versions.length - index);
    return h(
      'li',
      { class: 'jp-TownieApp-version', townie: 'app-version', 'data-version': version.id },
      pictureView(api, app.id, version.picture),
      h(
        'div',
        { class: 'jp-TownieApp-versionText' },
        h('b', {}, title),
        current ? h('span', { class: 'jp-TownieApp-now' }, trans.__('Now')) : null,
        h(
          'div',
          { class: 'jp-TownieApp-note' },
          [
            new Date(version.time * 1000).toLocaleString(undefined, {
              dateStyle: 'medium',
              timeStyle: 'short'
            }),
            files.slice(0, 4).join(', ')
          ]
            .filter(part => part)
            .join(' · ')
        ),
        h(
          'div',
          { class: 'jp-Townie-choices' },
          current
            ? null
            : button({
                label: index < now ? trans.__('Go forward to it') : trans.__('Go back to it'),
                townie: 'app-restore',
                click: element => void this._restore(version, element)
              }),
          button({
            label: trans.__('Compare'),
            title: trans.__('What differs between this version and now, or another one'),
            townie: 'app-compare',
            click: () => this._compare(index, now, versions)
          }),
          button({
            label: trans.__('Make an app of it…'),
            title: trans.__('A new app with the files and the database of this version'),
            townie: 'app-branch',
            click: element => void this._branch(version, element)
          })
        )
      )
    );
  }

  /** The version whose button has the focus, and which one. */
  private _focused(): [string, string] | null {
    const { activeElement } = document;
    const item = activeElement?.closest<HTMLElement>('[data-version]');
    const name = activeElement instanceof HTMLElement ? activeElement.dataset.townie : undefined;
    return item && name && this._list.contains(item) ? [item.dataset.version ?? '', name] : null;
  }

  private async _restore(version: AppVersion, element: HTMLButtonElement): Promise<void> {
    const { api, app, trans } = this._options;
    element.disabled = true;
    try {
      await api.restoreVersion(app.id, version.id);
      await this._read();
      this._said.textContent = trans.__(
        'The app is as it was then. What it was before is kept as a version, too.'
      );
    } catch (error) {
      element.disabled = false;
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private _compare(index: number, now: number, versions: readonly AppVersion[]): void {
    const { api, app, trans } = this._options;
    const states = [
      { id: 'now', title: trans.__('now') },
      ...versions.map(({ id, title }, at) => ({
        id,
        title: title || trans.__('Version %1', versions.length - at)
      }))
    ];
    const one = index + 1;
    // What is there now is compared with what was before it.
    const other = index === now && one + 1 < states.length ? one + 1 : 0;
    const close = () => {
      this._comparison = null;
      this.node.replaceChildren(this._said, this._list);
      this._list
        .querySelector<HTMLElement>(
          `[data-version="${versions[index].id}"] [data-townie="app-compare"]`
        )
        ?.focus();
      void this._read();
    };
    this._said.replaceChildren();
    this._comparison = new ComparisonView({ app: app.id, api, trans, states, one, other, close });
    this.node.replaceChildren(this._comparison.node);
    this._comparison.focus();
  }

  private async _branch(version: AppVersion, element: HTMLButtonElement): Promise<void> {
    const { api, app, trans, open } = this._options;
    const title = await askText({
      title: trans.__('A new app from “%1”', version.title),
      label: trans.__('Its name'),
      value: trans.__('%1, a copy', app.info.title).slice(0, 100),
      accept: trans.__('Make it'),
      trans
    });
    if (title === null) {
      return;
    }
    element.disabled = true;
    try {
      open(await api.branch(app.id, version.id, title));
    } catch (error) {
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
    element.disabled = false;
  }

  private _list: HTMLElement;
  private _said: HTMLElement;
  private _comparison: ComparisonView | null = null;
  private _visible = false;
  private _asked = 0;
}
