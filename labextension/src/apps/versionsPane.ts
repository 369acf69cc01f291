import { TranslationBundle } from '@jupyterlab/translation';
import { AppVersion } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { AppsApi } from './api';
import { AppModel } from './model';
import { IPane } from './pane';

/** Every turn that changed the app, and the way back to each of them. */
export class VersionsPane implements IPane {
  constructor(
    private _app: AppModel,
    private _api: AppsApi,
    private _trans: TranslationBundle
  ) {
    this._list = h('ol', { class: 'jp-TownieApp-versions', townie: 'app-versions' });
    this._said = h('div', { role: 'status' });
    this.node = h(
      'div',
      { class: 'jp-TownieApp-scroll', tabindex: 0, 'aria-label': _trans.__('Versions') },
      this._said,
      this._list
    );
  }

  readonly node: HTMLElement;

  show(): void {
    this._said.replaceChildren();
    void this._read();
  }

  hide(): void {
    this._asked++;
  }

  dispose(): void {
    this.hide();
  }

  private async _read(): Promise<void> {
    const asked = ++this._asked;
    try {
      const versions = await this._api.versions(this._app.id);
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
    const trans = this._trans;
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
    this._list.replaceChildren(
      ...versions.map((version, index) => {
        const files = version.changed ?? [];
        const current = version.current ?? false;
        return h(
          'li',
          { class: 'jp-TownieApp-version', townie: 'app-version' },
          h(
            'div',
            { class: 'jp-TownieApp-versionText' },
            h('b', {}, version.title || trans.__('Version %1', versions.length - index)),
            h(
              'div',
              { class: 'jp-TownieApp-note' },
              [new Date(version.time * 1000).toLocaleString(), files.slice(0, 4).join(', ')]
                .filter(part => part)
                .join(' · ')
            )
          ),
          current
            ? h('span', { class: 'jp-TownieApp-note' }, trans.__('Now'))
            : button({
                label: trans.__('Go back to it'),
                townie: 'app-restore',
                click: element => void this._restore(version, element)
              })
        );
      })
    );
  }

  private async _restore(version: AppVersion, element: HTMLButtonElement): Promise<void> {
    element.disabled = true;
    try {
      await this._api.restoreVersion(this._app.id, version.id);
      await this._read();
      this._said.textContent = this._trans.__(
        'The app is as it was then. What it was before is kept as a version, too.'
      );
    } catch (error) {
      element.disabled = false;
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private _list: HTMLElement;
  private _said: HTMLElement;
  private _asked = 0;
}
