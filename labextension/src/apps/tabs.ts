import { h } from '../threads/dom';
import { IPane } from './pane';

export interface ITab {
  id: string;
  label: string;
  make(): IPane;
}

/** Tabs after the ARIA pattern; a pane is made when it is first shown, and only hidden afterwards. */
export class Tabs {
  constructor(
    id: string,
    label: string,
    private _tabs: readonly ITab[]
  ) {
    this.bar = h('div', {
      class: 'jp-TownieApp-tabs',
      role: 'tablist',
      'aria-label': label,
      townie: 'app-tabs'
    });
    this.body = h('div', { class: 'jp-TownieApp-body' });
    for (const tab of _tabs) {
      const element = h(
        'button',
        {
          type: 'button',
          class: 'jp-TownieApp-tab',
          role: 'tab',
          id: `${id}-tab-${tab.id}`,
          'aria-controls': `${id}-pane-${tab.id}`,
          'aria-selected': 'false',
          tabindex: -1,
          townie: `app-tab-${tab.id}`,
          title: tab.label,
          onclick: () => this.show(tab.id)
        },
        h('span', { class: 'jp-TownieApp-tabLabel' }, tab.label)
      );
      this.bar.append(element);
      this._heads.set(tab.id, element);
    }
    this._id = id;
    this.bar.addEventListener('keydown', event => this._key(event));
  }

  readonly bar: HTMLElement;
  readonly body: HTMLElement;

  get current(): string {
    return this._current;
  }

  pane(id: string): IPane | undefined {
    return this._panes.get(id);
  }

  show(id: string): void {
    const tab = this._tabs.find(tab => tab.id === id);
    if (!tab || id === this._current) {
      return;
    }
    const before = this._panes.get(this._current);
    before?.hide();
    this._current = id;
    let pane = this._panes.get(id);
    if (!pane) {
      pane = tab.make();
      pane.node.id = `${this._id}-pane-${id}`;
      pane.node.classList.add('jp-TownieApp-pane');
      pane.node.setAttribute('role', 'tabpanel');
      pane.node.setAttribute('aria-labelledby', `${this._id}-tab-${id}`);
      this._panes.set(id, pane);
      this.body.append(pane.node);
    }
    for (const [other, { node }] of this._panes) {
      node.hidden = other !== id;
    }
    for (const [other, head] of this._heads) {
      head.setAttribute('aria-selected', String(other === id));
      head.tabIndex = other === id ? 0 : -1;
    }
    if (this._visible) {
      pane.show();
    }
  }

  /** Whether anything of it can be seen. */
  setVisible(visible: boolean): void {
    if (visible !== this._visible) {
      this._visible = visible;
      const pane = this._panes.get(this._current);
      if (visible) {
        pane?.show();
      } else {
        pane?.hide();
      }
    }
  }

  /** Put a mark beside a tab's label, or take it away. */
  mark(id: string, text: string): void {
    const head = this._heads.get(id);
    if (head && head.dataset.mark !== text) {
      head.dataset.mark = text;
      head.querySelector('.jp-TownieApp-count')?.remove();
      if (text) {
        head.append(h('span', { class: 'jp-TownieApp-count' }, text));
      }
    }
  }

  dispose(): void {
    this._panes.forEach(pane => pane.dispose());
    this._panes.clear();
  }

  private _key(event: KeyboardEvent): void {
    const ids = this._tabs.map(tab => tab.id);
    const at = ids.indexOf(this._current);
    const to = {
      ArrowRight: (at + 1) % ids.length,
      ArrowLeft: (at + ids.length - 1) % ids.length,
      Home: 0,
      End: ids.length - 1
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.show(ids[to]);
      this._heads.get(ids[to])?.focus();
    }
  }

  private _id: string;
  private _current = '';
  private _visible = false;
  private _heads = new Map<string, HTMLButtonElement>();
  private _panes = new Map<string, IPane>();
}
