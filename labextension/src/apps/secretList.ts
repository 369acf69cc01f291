import { TranslationBundle } from '@jupyterlab/translation';
import { AppSecret } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h, setText } from '../threads/dom';
import { secretsNote } from './cover';
import { SecretForm } from './secretForm';

/** All secrets of an app by their names, to be given, replaced or taken away. */
export class SecretList {
  constructor(
    private _trans: TranslationBundle,
    private _save: (secrets: Record<string, string>) => Promise<unknown>
  ) {
    this._rows = h('div');
    this._error = h('p', { class: 'jp-TownieApp-secretError', role: 'alert' });
    this.node = h(
      'div',
      { class: 'jp-TownieApp-secretList', townie: 'app-secrets' },
      h('p', {}, secretsNote(_trans)),
      this._rows,
      this._error
    );
  }

  readonly node: HTMLElement;

  update(secrets: readonly AppSecret[]): void {
    const key = JSON.stringify(secrets);
    if (key === this._key) {
      return;
    }
    this._key = key;
    const focused = this.node.contains(document.activeElement);
    this._rows.replaceChildren(...secrets.map(secret => this._row(secret)));
    if (focused) {
      this.node.querySelector<HTMLElement>('button, input')?.focus();
    }
  }

  private _row(secret: AppSecret): HTMLElement {
    const trans = this._trans;
    const { name, purpose = '', kept = false } = secret;
    const form = new SecretForm({
      trans,
      save: values => this._save(values),
      later: () => open(false)
    });
    const change = button({
      label: kept ? trans.__('Replace') : trans.__('Enter'),
      townie: 'app-secret-replace',
      click: () => open(true)
    });
    const remove = button({
      label: trans.__('Delete'),
      townie: 'app-secret-delete',
      click: () => void this._delete(name, remove)
    });
    change.setAttribute('aria-label', `${change.textContent}: ${name}`);
    remove.setAttribute('aria-label', `${remove.textContent}: ${name}`);
    const summary = h(
      'div',
      {},
      h(
        'div',
        { class: 'jp-TownieApp-secretHead' },
        h('b', {}, name),
        h('span', {}, kept ? trans.__('kept') : trans.__('missing'))
      ),
      purpose ? h('div', { class: 'jp-TownieApp-secretPurpose' }, purpose) : null,
      h('div', { class: 'jp-Townie-choices' }, change, kept ? remove : null)
    );
    const open = (opened: boolean) => {
      // The form says the same, with a field.
      summary.hidden = opened;
      form.node.hidden = !opened;
      form.update(opened ? [secret] : []);
      (opened ? form.node.querySelector('input') : change)?.focus();
    };
    form.node.hidden = true;
    return h('div', { class: 'jp-TownieApp-secretRow', townie: 'app-secret' }, summary, form.node);
  }

  private async _delete(name: string, element: HTMLButtonElement): Promise<void> {
    element.disabled = true;
    setText(this._error, '');
    try {
      await this._save({ [name]: '' });
    } catch (error) {
      setText(this._error, asProblem(error).message);
      element.disabled = false;
    }
  }

  private _rows: HTMLElement;
  private _error: HTMLElement;
  private _key = '';
}
