import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { AppInfo } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h } from '../threads/dom';
import { problemView } from '../threads/problem';
import { ITownie } from '../threads/tokens';
import { stateLine } from './cover';
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
    this._said = h('div', { role: 'status' });
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
      await this._options.apps.refresh();
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
    if (!apps.known.length) {
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
    this._list.replaceChildren(...apps.known.map(info => this._item(info)));
  }

  private _item(info: AppInfo): HTMLElement {
    const { trans, open } = this._options;
    const { text, tone } = stateLine(info, true, false, trans);
    const failures = info.failures ?? 0;
    const state = [
      kindName(info.kind, trans),
      text,
      failures ? trans._n('%1 error', '%1 errors', failures) : ''
    ];
    return h(
      'li',
      { townie: 'app-item', 'data-app': info.id },
      h(
        'button',
        {
          type: 'button',
          class: 'jp-TownieApps-item',
          onclick: () => open(info),
          title: info.path
        },
        h('span', { class: 'jp-TownieApps-title' }, info.title),
        h(
          'span',
          { class: 'jp-TownieApp-note', 'data-tone': failures ? 'bad' : tone },
          state.filter(part => part).join(' · ')
        ),
        h('span', { class: 'jp-TownieApp-note' }, info.path)
      )
    );
  }

  private _list: HTMLElement;
  private _said: HTMLElement;
  private _wish!: HTMLTextAreaElement;
  private _kind!: HTMLSelectElement;
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
