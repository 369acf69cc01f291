import { LabIcon } from '@jupyterlab/ui-components';

type Child = Node | string | null | undefined | false;

interface IAttributes {
  class?: string;
  /** Stable name for tests and for people who style. */
  townie?: string;
  [attribute: string]: string | number | boolean | null | undefined | EventListener;
}

/**
 * Build an element. Functions become listeners (`onclick`), true becomes an empty attribute, and false, null and
 * undefined leave the attribute away. Strings among the children are text, never markup.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: IAttributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (value !== undefined && value !== null && value !== false) {
      const attribute = name === 'townie' ? 'data-townie' : name;
      element.setAttribute(attribute, value === true ? '' : String(value));
    }
  }
  for (const child of children) {
    if (child) {
      element.append(child);
    }
  }
  return element;
}

export interface IButton {
  label: string;
  /** Shown instead of the label, which then becomes the tooltip and the accessible name. */
  icon?: LabIcon;
  title?: string;
  townie?: string;
  kind?: 'plain' | 'primary' | 'link' | 'danger';
  click: (button: HTMLButtonElement) => void;
}

export function button(options: IButton): HTMLButtonElement {
  const element = h('button', {
    type: 'button',
    class: `jp-Townie-button jp-mod-${options.icon ? 'icon' : (options.kind ?? 'plain')}`,
    townie: options.townie,
    title: options.title ?? (options.icon ? options.label : null),
    'aria-label': options.icon ? options.label : null
  });
  if (options.icon) {
    options.icon.element({ container: element, tag: 'span', elementSize: 'small' });
    element.firstElementChild?.setAttribute('aria-hidden', 'true');
  } else {
    element.textContent = options.label;
  }
  element.addEventListener('click', event => {
    event.stopPropagation();
    options.click(element);
  });
  return element;
}

/** Replace the children only when that changes something, so that focus and selection survive. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}
