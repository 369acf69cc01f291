import { closeIcon } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import { Attachment } from '../protocol';
import { h } from '../threads/dom';
import { Chips } from './chips';

/** The row above the input that shows what will be sent. */
export class ChipRow {
  constructor(
    private _chips: Chips,
    private _trans: TranslationBundle,
    private _changed: () => void,
    private _leading: HTMLElement | null = null
  ) {
    this.node = h('div', {
      class: 'jp-Townie-chips',
      townie: 'chips',
      role: 'group',
      'aria-label': _trans.__('What goes with the message')
    });
  }

  readonly node: HTMLElement;

  update(): void {
    const shown = this._chips.shown;
    const key = JSON.stringify(shown);
    if (key === this._key) {
      return;
    }
    this._key = key;
    const leading = this._leading ? [this._leading] : [];
    this.node.replaceChildren(...leading, ...shown.map(chip => this._chip(chip)));
    this.node.hidden = shown.length === 0;
  }

  private _chip(chip: Attachment): HTMLElement {
    const label = this._trans.__('Remove %1', chip.label);
    const remove = h('button', {
      type: 'button',
      class: 'jp-Townie-chipRemove',
      townie: 'remove-chip',
      title: label,
      'aria-label': label
    });
    closeIcon.element({ container: remove, tag: 'span', elementSize: 'small' });
    remove.addEventListener('click', () => {
      const index = [...this.node.children].indexOf(node);
      this._chips.remove(chip);
      this._changed();
      const next = this.node.children[Math.min(index, this.node.children.length - 1)];
      next?.querySelector('button')?.focus();
    });
    const node = h(
      'span',
      {
        class: 'jp-Townie-chip',
        townie: 'chip',
        'data-kind': chip.kind,
        title: [chip.path, chip.kind === 'file' ? chip.ref : ''].filter(text => text).join(' · ')
      },
      h('span', { class: 'jp-Townie-chipLabel' }, chip.label),
      remove
    );
    return node;
  }

  private _key = '';
}
