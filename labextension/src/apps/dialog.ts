import { TranslationBundle } from '@jupyterlab/translation';
import { button, h } from '../threads/dom';

export interface IDialog {
  title: string;
  /** Stable name for tests and for people who style. */
  townie: string;
  body: HTMLElement;
  trans: TranslationBundle;
  /** What the button says that ends it; "Close" without. */
  close?: string;
}

/**
 * A dialog that holds the keyboard while it is open, and gives it back afterwards.
 *
 * JupyterLab's own takes Enter for its default button wherever the focus is; this one has buttons in its body.
 */
export function openDialog({ title, townie, body, trans, close }: IDialog): HTMLDialogElement {
  const before = document.activeElement;
  const heading = h('h2', { id: `jp-TownieApp-${townie}` }, title);
  const dialog = h(
    'dialog',
    {
      class: 'jp-Townie jp-TownieApp-dialog',
      townie,
      'aria-labelledby': heading.id,
      // Shortcuts of JupyterLab are for what lies behind it.
      'data-lm-suppress-shortcuts': 'true',
      onclick: event => {
        if (event.target === dialog) {
          dialog.close();
        }
      },
      onclose: () => {
        dialog.remove();
        if (before instanceof HTMLElement) {
          before.focus();
        }
      }
    },
    h(
      'div',
      { class: 'jp-TownieApp-dialogContent' },
      heading,
      body,
      h(
        'div',
        { class: 'jp-TownieApp-dialogFoot' },
        button({
          label: close ?? trans.__('Close'),
          townie: 'dialog-close',
          click: () => dialog.close()
        })
      )
    )
  );
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Ask for a line of text; null when the person thinks better of it. */
export function askText(options: {
  title: string;
  label: string;
  value: string;
  accept: string;
  trans: TranslationBundle;
}): Promise<string | null> {
  const { title, label, value, accept, trans } = options;
  return new Promise(resolve => {
    let answer: string | null = null;
    const field = h('input', {
      class: 'jp-TownieApp-field',
      townie: 'dialog-text',
      type: 'text',
      value,
      maxlength: 100,
      required: true,
      dir: 'auto'
    });
    const form = h(
      'form',
      {
        class: 'jp-TownieApp-ask',
        onsubmit: event => {
          event.preventDefault();
          answer = field.value.trim() || null;
          dialog.close();
        }
      },
      h('label', {}, label, field),
      h(
        'button',
        { type: 'submit', class: 'jp-Townie-button jp-mod-primary', townie: 'dialog-accept' },
        accept
      )
    );
    const dialog = openDialog({
      title,
      townie: 'ask-text',
      body: form,
      trans,
      close: trans.__('Cancel')
    });
    dialog.addEventListener('close', () => resolve(answer));
    field.focus();
    field.select();
  });
}
