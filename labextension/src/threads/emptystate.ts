import { isOfflineId, ModelCatalog } from '../models/catalog';
import { button, h } from './dom';
import { IStarter, starters } from './starters';
import { ISurroundings } from './surroundings';

/** What a chat shows before it begins: three ways to start, and what is missing if no model is set up. */
export class EmptyState {
  constructor(
    private _around: ISurroundings,
    private _catalog: ModelCatalog,
    private _start: (starter: IStarter) => void
  ) {
    this.node = h('div', { class: 'jp-Townie-empty', townie: 'empty' });
    _catalog.changed.connect(this.update, this);
    _around.townie.choices.changed.connect(this.update, this);
    _around.documents?.bindingChanged.connect(this.update, this);
    this.update();
  }

  readonly node: HTMLElement;

  /** What has become of the chat that was shown in its place, if there is anything to say. */
  set news(text: string) {
    this._news = text;
    this.update();
  }

  update(): void {
    const { trans, documents } = this._around;
    const offered = starters(
      trans,
      documents?.binding() ?? {},
      documents?.suggested() ?? [],
      this._around.failed()
    );
    const missing = this._missing();
    const key = JSON.stringify([offered, missing?.text, this._news]);
    if (key === this._key || this.node.contains(document.activeElement)) {
      return;
    }
    this._key = key;
    this.node.replaceChildren(
      this._news ? h('p', { class: 'jp-Townie-news', townie: 'news' }, this._news) : '',
      h('h2', { class: 'jp-Townie-emptyTitle' }, trans.__('What would you like to do?')),
      h(
        'div',
        { class: 'jp-Townie-starters' },
        ...offered.map(starter => {
          const element = button({
            label: starter.label,
            title: starter.title ?? starter.text,
            townie: 'starter',
            click: () => this._start(starter)
          });
          element.classList.add('jp-Townie-starter');
          return element;
        })
      ),
      missing?.node ?? ''
    );
  }

  /** What to do when no model would answer. */
  private _missing(): { text: string; node: HTMLElement } | null {
    const { trans, townie } = this._around;
    const models = this._catalog.models;
    const offline = isOfflineId(townie.options().model || models?.default || '');
    if (!models || !offline) {
      return null;
    }
    const local = (models.servers ?? []).filter(server => (server.models ?? 0) > 0);
    if (!this._catalog.onlyOffline && local.length === 0) {
      return null;
    }
    const text = local.length
      ? trans.__(
          'The guided tour and local rules answer until you choose a model below: %1 runs on this machine.',
          local.map(server => server.label).join(', ')
        )
      : trans.__('No model is configured yet: the guided tour and local rules answer.');
    const add = button({
      label: trans.__('Add a key'),
      kind: 'link',
      townie: 'add-key',
      click: () => this._around.openStatus()
    });
    const node = h(
      'p',
      { class: 'jp-Townie-noModel', townie: 'no-model' },
      `${text} `,
      local.length ? '' : add
    );
    return { text, node };
  }

  dispose(): void {
    this._around.townie.choices.changed.disconnect(this.update, this);
    this._catalog.changed.disconnect(this.update, this);
    this._around.documents?.bindingChanged.disconnect(this.update, this);
  }

  private _key = '';
  private _news = '';
}
