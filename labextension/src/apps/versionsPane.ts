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
    const other = h(
      'select',
      {
        class: 'jp-TownieApp-select',
        townie: 'app-compare',
        'aria-label': trans.__('Compare “%1” with', title),
        onchange: () => {
          const chosen = other.value;
          other.value = '';
          this._compare(version, title, chosen, versions, other);
        }
      },
      h('option', { value: '' }, trans.__('Compare with…')),
      h('option', { value: 'now' }, trans.__('Now')),
      ...versions.map((one, at) =>
        one === version
          ? null
          : h(
              'option',
              { value: one.id },
              one.title || trans.__('Version %1', versions.length - at)
            )
      )
    );
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
          other,
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

  private _compare(
    version: AppVersion,
    title: string,
    other: string,
    versions: readonly AppVersion[],
    from: HTMLElement
  ): void {
    const { api, app, trans } = this._options;
    const second = versions.find(({ id }) => id === other);
    // From the older to the newer one, whichever was chosen first.
    const swap = second !== undefined && versions.indexOf(second) > versions.indexOf(version);
    const name = second ? second.title || trans.__('another version') : trans.__('now');
    const [one, two] = swap ? [name, title] : [title, name];
    const close = () => {
      this._comparison = null;
      this.node.replaceChildren(this._said, this._list);
      void this._read();
      from.focus();
    };
    this._comparison = new ComparisonView({
      app: app.id,
      api,
      trans,
      before: swap && second ? second.id : version.id,
      after: swap ? version.id : other,
      title: trans.__('From “%1” to “%2”', one, two),
      close
    });
    this.node.replaceChildren(this._comparison.node);
    this._comparison.node.focus();
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
