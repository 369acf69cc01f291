import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { AppInfo, AppPublication } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { ITownie } from '../threads/tokens';
import { askText } from './dialog';
import { appCard, orphanCard } from './galleryItem';
import { appIcon } from './icons';
import { kindName, KINDS } from './kinds';
import { IApps } from './tokens';

export interface IGalleryOptions {
  apps: IApps;
  townie: ITownie;
  trans: TranslationBundle;
  open(info: AppInfo): void;
}

/** All apps of the workspace, and the way to a new one. */
export class Gallery extends Widget {
  constructor(private _options: IGalleryOptions) {
    super();
    const { trans, apps } = _options;
    this.addClass('jp-Townie');
    this.addClass('jp-TownieApps');
    this.node.tabIndex = -1;
    this._list = h('ul', { class: 'jp-TownieApps-list', townie: 'apps' });
    this._said = h('div', { class: 'jp-TownieApps-said', role: 'status', townie: 'apps-said' });
    this.node.append(
      h('h1', {}, trans.__('Townie apps')),
      this._form(),
      this._said,
      h('h2', {}, trans.__('In this workspace')),
      this._list
    );
    apps.changed.connect(this._show, this);
  }

  override dispose(): void {
    this._options.apps.changed.disconnect(this._show, this);
    super.dispose();
  }

  async refresh(): Promise<void> {
    try {
      const { apps } = this._options;
      const [publications] = await Promise.all([apps.api.publications(), apps.refresh()]);
      this._orphans = publications.filter(({ app }) => !app);
      this._read = true;
      this._show();
    } catch (error) {
      this._list.replaceChildren(h('li', {}, problemView(asProblem(error), 'error')));
    }
  }

  focusNew(): void {
    this._wish.focus();
  }

  protected override onAfterShow(): void {
    void this.refresh();
  }

  protected override onAfterAttach(): void {
    void this.refresh();
  }

  private _form(): HTMLElement {
    const { trans } = this._options;
    this._wish = h('textarea', {
      class: 'jp-TownieApps-wish',
      townie: 'app-wish',
      rows: 3,
      dir: 'auto',
      'aria-label': trans.__('What the app should do'),
      placeholder: trans.__('A guest book where visitors leave a message and see those of others…')
    });
    this._kind = h(
      'select',
      { class: 'jp-TownieApp-select', townie: 'app-kind', 'aria-label': trans.__('Kind of app') },
      h('option', { value: '' }, trans.__('Whatever fits')),
      ...KINDS.map(kind => h('option', { value: kind }, kindName(kind, trans)))
    );
    const form = h(
      'form',
      {
        class: 'jp-TownieApps-form',
        onsubmit: event => {
          event.preventDefault();
          void this._ask();
        }
      },
      h('label', { class: 'jp-TownieApps-label' }, trans.__('Make me an app:'), this._wish),
      h(
        'div',
        { class: 'jp-Townie-choices' },
        this._kind,
        h(
          'button',
          { type: 'submit', class: 'jp-Townie-button jp-mod-primary', townie: 'app-ask' },
          trans.__('Ask Townie')
        ),
        button({
          label: trans.__('Begin with an example'),
          title: trans.__('Make a small working app of this kind, without a model'),
          townie: 'app-create',
          click: element => void this._create(element)
        })
      )
    );
    this._wish.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    return form;
  }

  private async _ask(): Promise<void> {
    const { townie, trans } = this._options;
    const wish = this._wish.value.trim();
    if (!wish) {
      this._said.textContent = trans.__('Say what the app should do.');
      this._wish.focus();
      return;
    }
    const kind = this._kind.value;
    const text = kind
      ? trans.__('Make me an app (%1): %2', kind, wish)
      : trans.__('Make me an app: %1', wish);
    this._said.textContent = '';
    try {
      const busy = townie.current?.running != null;
      if (busy) {
        await townie.select(null);
      }
      await townie.submit({ purpose: 'app', text });
      this._wish.value = '';
    } catch (error) {
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private async _create(element: HTMLButtonElement): Promise<void> {
    const { apps, open } = this._options;
    const kind = (this._kind.value || 'fullstack') as AppInfo['kind'];
    const title = this._wish.value.trim().split('\n')[0].slice(0, 60);
    element.disabled = true;
    try {
      const info = await apps.api.createApp({
        kind,
        title: title || kindName(kind, this._options.trans)
      });
      this._said.textContent = '';
      this._wish.value = '';
      open(info);
      void this.refresh();
    } catch (error) {
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
    element.disabled = false;
  }

  private _show(): void {
    const { apps, trans } = this._options;
    if (!this._read) {
      return;
    }
    if (!apps.known.length && !this._orphans.length) {
      this._list.replaceChildren(
        h(
          'li',
          { class: 'jp-TownieApp-empty' },
          trans.__(
            'No apps yet. Say above what you would like, or write "Make me an app that …" in the chat. Each app is a folder of ordinary files, which is yours to edit.'
          )
        )
      );
      return;
    }
    const actions = {
      open: this._options.open,
      rename: (info: AppInfo) => void this._rename(info),
      remove: (info: AppInfo, element: HTMLButtonElement) => void this._remove(info, element),
      end: (one: AppPublication, element: HTMLButtonElement) => void this._end(one, element)
    };
    const { activeElement } = document;
    const app = activeElement?.closest<HTMLElement>('[data-app]')?.dataset.app;
    const name = activeElement instanceof HTMLElement ? activeElement.dataset.townie : undefined;
    const had = this._list.contains(activeElement);
    this._list.replaceChildren(
      ...apps.known.map(info => appCard(info, apps.api, actions, trans)),
      ...this._orphans.map(one => orphanCard(one, apps.api, actions, trans))
    );
    if (had && app && name) {
      this._focus(app, name);
    }
  }

  private async _rename(info: AppInfo): Promise<void> {
    const { apps, trans } = this._options;
    const title = await askText({
      title: trans.__('Rename “%1”', info.title),
      label: trans.__('Its name; its folder %1 keeps its own', info.path),
      value: info.title,
      accept: trans.__('Rename'),
      trans
    });
    if (title === null || title === info.title) {
      return;
    }
    try {
      await apps.api.retitle(info.id, title);
      this._said.replaceChildren();
      await this.refresh();
      this._focus(info.id, 'app-rename');
    } catch (error) {
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private async _remove(info: AppInfo, element: HTMLButtonElement): Promise<void> {
    const { apps, trans } = this._options;
    element.disabled = true;
    try {
      const { undo } = await apps.api.deleteApp(info.id);
      await this.refresh();
      const back = button({
        label: trans.__('Undo'),
        townie: 'app-undo-delete',
        click: pressed => void this._undo(undo, pressed)
      });
      this._said.replaceChildren(
        trans.__('“%1” was deleted, with its data.', info.title),
        ' ',
        info.published ? trans.__('What is published of it still is.') + ' ' : '',
        back
      );
      back.focus();
    } catch (error) {
      element.disabled = false;
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private async _undo(undo: string, element: HTMLButtonElement): Promise<void> {
    const { apps, trans } = this._options;
    element.disabled = true;
    try {
      const info = await apps.api.restoreDeleted(undo);
      await this.refresh();
      this._said.textContent = trans.__('“%1” is back in %2.', info.title, info.path);
      this._focus(info.id, 'app-item-open');
    } catch (error) {
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private async _end(one: AppPublication, element: HTMLButtonElement): Promise<void> {
    const { apps, trans } = this._options;
    element.disabled = true;
    try {
      await apps.api.endPublication(one.id);
      await this.refresh();
      this._said.textContent = trans.__('“%1” is not published any more.', one.title);
    } catch (error) {
      element.disabled = false;
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
    }
  }

  private _focus(app: string, name: string): void {
    this._list.querySelector<HTMLElement>(`[data-app="${app}"] [data-townie="${name}"]`)?.focus();
  }

  private _list: HTMLElement;
  private _said: HTMLElement;
  private _wish!: HTMLTextAreaElement;
  private _kind!: HTMLSelectElement;
  private _orphans: readonly AppPublication[] = [];
  private _read = false;
}

export function galleryWidget(options: IGalleryOptions): MainAreaWidget<Gallery> {
  const widget = new MainAreaWidget({ content: new Gallery(options) });
  widget.toolbar.hide();
  widget.id = 'jupyter-townie-apps';
  widget.title.label = options.trans.__('Townie apps');
  widget.title.icon = appIcon;
  widget.title.closable = true;
  return widget;
}
