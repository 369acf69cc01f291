import { TranslationBundle } from '@jupyterlab/translation';
import { AppSecret } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h, setText } from '../threads/dom';

export interface ISecretFormOptions {
  trans: TranslationBundle;
  /** Names with their values, the empty ones left out. */
  save(secrets: Record<string, string>): Promise<unknown>;
  later?(): void;
}

let count = 0;

/** Password fields for secrets. What was typed is gone from the page once it was saved. */
export class SecretForm {
  constructor(private _options: ISecretFormOptions) {
    const { trans, later } = _options;
    this._fields = h('div');
    this._error = h('p', { class: 'jp-TownieApp-secretError', role: 'alert', hidden: true });
    this._saveButton = button({
      label: trans.__('Save'),
      townie: 'app-secret-save',
      kind: 'primary',
      click: () => void this._save()
    });
    this.node = h(
      'form',
      {
        class: 'jp-TownieApp-secretForm',
        townie: 'app-secret-form',
        autocomplete: 'off',
        onsubmit: (event: Event) => {
          event.preventDefault();
          void this._save();
        }
      },
      this._fields,
      this._error,
      h(
        'div',
        { class: 'jp-Townie-choices' },
        this._saveButton,
        later &&
          button({
            label: trans.__('Not now'),
            townie: 'app-secret-later',
            click: () => later()
          })
      )
    );
    this._enable();
  }

  readonly node: HTMLFormElement;

  /** Ask for these; what was typed for one that is still asked for stays. */
  update(secrets: readonly AppSecret[]): void {
    const key = JSON.stringify(secrets.map(({ name, purpose }) => [name, purpose]));
    if (key === this._key) {
      return;
    }
    this._key = key;
    const typed = new Map(this._inputs().map(input => [input.name, input.value]));
    this._fields.replaceChildren(
      ...secrets.map(({ name, purpose }) => {
        const id = `jp-TownieApp-secret-${++count}`;
        const input = h('input', {
          id,
          name,
          type: 'password',
          class: 'jp-mod-styled jp-TownieApp-secretInput',
          townie: 'app-secret-input',
          // Browsers offer their own passwords for "off".
          autocomplete: 'new-password',
          spellcheck: 'false',
          'aria-describedby': purpose ? `${id}-purpose` : null,
          // JupyterLab has shortcuts of one letter.
          onkeydown: (event: Event) => event.stopPropagation(),
          oninput: () => this._enable()
        });
        input.value = typed.get(name) ?? '';
        return h(
          'div',
          { class: 'jp-TownieApp-secret' },
          h('label', { for: id }, name),
          purpose
            ? h('div', { class: 'jp-TownieApp-secretPurpose', id: `${id}-purpose` }, purpose)
            : null,
          input
        );
      })
    );
    this._tell('');
    this._enable();
  }

  private async _save(): Promise<void> {
    const { trans, save } = this._options;
    const values: Record<string, string> = {};
    for (const input of this._inputs()) {
      if (input.value.trim()) {
        values[input.name] = input.value;
      }
    }
    if (!Object.keys(values).length || this._saving) {
      return;
    }
    this._saving = true;
    this._enable();
    setText(this._saveButton, trans.__('Saving…'));
    this._tell('');
    try {
      await save(values);
      this._inputs().forEach(input => {
        input.value = '';
      });
    } catch (error) {
      this._tell(asProblem(error).message);
    }
    this._saving = false;
    setText(this._saveButton, trans.__('Save'));
    this._enable();
  }

  private _tell(error: string): void {
    this._error.hidden = !error;
    setText(this._error, error);
  }

  private _enable(): void {
    this._saveButton.disabled = this._saving || !this._inputs().some(input => input.value.trim());
  }

  private _inputs(): HTMLInputElement[] {
    return Array.from(this._fields.querySelectorAll('input'));
  }

  private _fields: HTMLElement;
  private _error: HTMLElement;
  private _saveButton: HTMLButtonElement;
  private _saving = false;
  private _key = '';
}
