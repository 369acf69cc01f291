import { TranslationBundle } from '@jupyterlab/translation';
import { AppSecret } from '../protocol';
import { h, setText } from '../threads/dom';
import { secretsNote } from './cover';
import { SecretForm } from './secretForm';

/** In the chat: an app needs secrets. Folded away by "Not now" until it needs another one. */
export class SecretCard {
  constructor(
    trans: TranslationBundle,
    save: (secrets: Record<string, string>) => Promise<unknown>
  ) {
    this._trans = trans;
    this._title = h('b');
    this._form = new SecretForm({
      trans,
      save,
      later: () => {
        this._refused = this._key;
        this.node.hidden = true;
      }
    });
    this.node = h(
      'div',
      {
        class: 'jp-TownieApp-secretCard',
        townie: 'app-secret-card',
        role: 'group',
        hidden: true
      },
      this._title,
      h('p', {}, secretsNote(trans)),
      this._form.node
    );
  }

  readonly node: HTMLElement;

  update(app: string, secrets: readonly AppSecret[]): void {
    this._key = secrets.map(({ name }) => name).join(' ');
    this.node.hidden = !secrets.length || this._key === this._refused;
    const title = this._trans._n(
      '"%2" needs a secret',
      '"%2" needs %1 secrets',
      secrets.length,
      app
    );
    setText(this._title, title);
    this.node.setAttribute('aria-label', title);
    this._form.update(secrets);
  }

  private _trans: TranslationBundle;
  private _title: HTMLElement;
  private _form: SecretForm;
  private _key = '';
  private _refused = '';
}
