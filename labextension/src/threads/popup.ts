import { h } from './dom';

export interface IChoice {
  id: string;
  label: string;
  description?: string;
  checked?: boolean;
  /** Shown as a heading above the first choice of each group. */
  group?: string;
}

/** How far a popup stays from the edges of the page, in pixels. */
const MARGIN = 6;

/** Above or below, whichever leads towards the middle of the page; what does not fit there goes where more room is. */
function place(popup: HTMLElement, anchor: Element): void {
  document.body.append(popup);
  const at = anchor.getBoundingClientRect();
  // The limit of an earlier place would be measured too.
  popup.style.maxHeight = '';
  const { width, height } = popup.getBoundingClientRect();
  const left = Math.max(MARGIN, Math.min(at.left, window.innerWidth - width - MARGIN));
  const above = at.top - MARGIN;
  const below = window.innerHeight - at.bottom - MARGIN;
  const low = at.top + at.bottom > window.innerHeight;
  const up = low ? above >= Math.min(height, below) : below < height && above > below;
  const room = Math.max(80, (up ? above : below) - MARGIN);
  popup.style.left = `${left}px`;
  popup.style.maxHeight = `${room}px`;
  popup.style.top = up
    ? `${Math.max(MARGIN, at.top - Math.min(height, room) - 4)}px`
    : `${at.bottom + 4}px`;
}

function choiceNode(choice: IChoice, role: string, index: number): HTMLElement {
  return h(
    'div',
    {
      class: 'jp-Townie-choice',
      role,
      id: `jp-townie-choice-${index}`,
      'data-id': choice.id,
      townie: 'choice',
      'aria-checked': role === 'menuitemradio' ? String(choice.checked ?? false) : null
    },
    h('span', { class: 'jp-Townie-choiceLabel', dir: 'auto' }, choice.label),
    choice.description
      ? h('span', { class: 'jp-Townie-choiceDescription' }, choice.description)
      : null
  );
}

function fill(popup: HTMLElement, choices: readonly IChoice[], role: string): HTMLElement[] {
  let group: string | undefined;
  const nodes: HTMLElement[] = [];
  popup.replaceChildren();
  choices.forEach((choice, index) => {
    if (choice.group && choice.group !== group) {
      popup.append(
        h('div', { class: 'jp-Townie-choiceGroup', role: 'presentation' }, choice.group)
      );
    }
    group = choice.group;
    const node = choiceNode(choice, role, index);
    nodes.push(node);
    popup.append(node);
  });
  return nodes;
}

/** A menu of choices with descriptions. It takes the focus and gives it back to its button. */
export function openMenu(
  anchor: HTMLElement,
  label: string,
  choices: readonly IChoice[],
  choose: (id: string) => void
): void {
  const menu = h('div', { class: 'jp-Townie-popup', role: 'menu', 'aria-label': label });
  const radio = choices.some(choice => choice.checked !== undefined);
  const nodes = fill(menu, choices, radio ? 'menuitemradio' : 'menuitem');
  nodes.forEach(node => (node.tabIndex = -1));
  let closed = false;
  const close = (focus: boolean): void => {
    if (closed) {
      return;
    }
    closed = true;
    document.removeEventListener('pointerdown', outside, true);
    anchor.setAttribute('aria-expanded', 'false');
    menu.remove();
    if (focus) {
      anchor.focus();
    }
  };
  const outside = (event: Event): void => {
    if (!menu.contains(event.target as Node)) {
      close(false);
    }
  };
  const pick = (node: Element | null): void => {
    const id = node?.closest<HTMLElement>('[data-id]')?.dataset.id;
    if (id !== undefined) {
      close(true);
      choose(id);
    }
  };
  menu.addEventListener('click', event => pick(event.target as Element));
  menu.addEventListener('focusout', event => {
    if (!menu.contains(event.relatedTarget as Node | null)) {
      close(false);
    }
  });
  menu.addEventListener('keydown', event => {
    const at = nodes.indexOf(document.activeElement as HTMLElement);
    const last = nodes.length - 1;
    let to: number | null = null;
    switch (event.key) {
      case 'ArrowDown':
        to = at === last ? 0 : at + 1;
        break;
      case 'ArrowUp':
        to = at <= 0 ? last : at - 1;
        break;
      case 'Home':
        to = 0;
        break;
      case 'End':
        to = last;
        break;
      case 'Enter':
      case ' ':
        pick(document.activeElement);
        break;
      case 'Escape':
      case 'Tab':
        close(true);
        break;
      default: {
        if (event.key.length !== 1) {
          return;
        }
        const letter = event.key.toLowerCase();
        const order = [...nodes.keys()].map(i => (at + 1 + i) % nodes.length);
        to = order.find(i => choices[i].label.toLowerCase().startsWith(letter)) ?? null;
      }
    }
    event.preventDefault();
    event.stopPropagation();
    if (to !== null) {
      nodes[to].focus();
    }
  });
  document.querySelectorAll('.jp-Townie-popup[role=menu]').forEach(other => other.remove());
  place(menu, anchor);
  anchor.setAttribute('aria-expanded', 'true');
  document.addEventListener('pointerdown', outside, true);
  (nodes.find((_, index) => choices[index].checked) ?? nodes[0])?.focus();
}

/** Completions for a text field, which keeps the focus. */
export class CompletionList {
  constructor(
    private _field: HTMLTextAreaElement,
    private _label: string,
    private _choose: (id: string) => void
  ) {
    this._node = h('div', {
      class: 'jp-Townie-popup jp-mod-completion',
      role: 'listbox',
      id: 'jp-townie-completion',
      townie: 'completion',
      'aria-label': _label
    });
    // Pressing must not take the focus from the field.
    this._node.addEventListener('pointerdown', event => event.preventDefault());
    this._node.addEventListener('click', event => {
      const id = (event.target as Element).closest<HTMLElement>('[data-id]')?.dataset.id;
      if (id !== undefined) {
        this._choose(id);
      }
    });
  }

  get isOpen(): boolean {
    return this._node.isConnected;
  }

  show(choices: readonly IChoice[]): void {
    if (choices.length === 0) {
      this.close();
      return;
    }
    const chosen = this._nodes[this._at]?.dataset.id;
    this._nodes = fill(this._node, choices, 'option');
    this._node.setAttribute('aria-label', this._label);
    place(this._node, this._field);
    this._field.setAttribute('aria-controls', this._node.id);
    this._select(
      Math.max(
        0,
        choices.findIndex(choice => choice.id === chosen)
      )
    );
  }

  close(): void {
    this._node.remove();
    this._nodes = [];
    this._field.removeAttribute('aria-activedescendant');
    this._field.removeAttribute('aria-controls');
  }

  /** Whether the key was for the list. */
  key(event: KeyboardEvent): boolean {
    if (!this.isOpen) {
      return false;
    }
    const last = this._nodes.length - 1;
    switch (event.key) {
      case 'ArrowDown':
        this._select(this._at === last ? 0 : this._at + 1);
        break;
      case 'ArrowUp':
        this._select(this._at === 0 ? last : this._at - 1);
        break;
      case 'Enter':
      case 'Tab':
        this._choose(this._nodes[this._at].dataset.id ?? '');
        break;
      case 'Escape':
        this.close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  private _select(at: number): void {
    this._at = at;
    this._nodes.forEach((node, index) => node.setAttribute('aria-selected', String(index === at)));
    this._nodes[at]?.scrollIntoView({ block: 'nearest' });
    this._field.setAttribute('aria-activedescendant', this._nodes[at]?.id ?? '');
  }

  private _node: HTMLElement;
  private _nodes: HTMLElement[] = [];
  private _at = 0;
}
