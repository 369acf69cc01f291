import { TranslationBundle } from '@jupyterlab/translation';
import { button, h } from '../threads/dom';
import { CoverChoice, ICover } from './cover';
import { SecretForm } from './secretForm';

/** What is said in the place of an app, with what can be done about it. */
export class CoverView {
  constructor(
    private _trans: TranslationBundle,
    private _choose: (choice: CoverChoice, element: HTMLButtonElement) => void,
    private _form: SecretForm
  ) {
    this.node = h('div', {
      class: 'jp-TownieApp-cover',
      townie: 'app-cover',
      role: 'group',
      hidden: true
    });
  }

  readonly node: HTMLElement;

  update(cover: ICover | null): void {
    const key = JSON.stringify(cover);
    if (key === this._key) {
      return;
    }
    this._key = key;
    this.node.hidden = cover === null;
    if (!cover) {
      this.node.replaceChildren();
      return;
    }
    this.node.dataset.cover = cover.name;
    this.node.dataset.tone = cover.tone;
    this.node.setAttribute('aria-label', cover.title);
    const focused = this.node.contains(document.activeElement);
    this._form.update(cover.secrets ?? []);
    this.node.replaceChildren(
      h(
        'div',
        { class: 'jp-TownieApp-card' },
        h('h2', {}, cover.title),
        cover.text ? h('p', {}, cover.text) : null,
        cover.secrets ? this._form.node : null,
        cover.detail ? h('pre', { class: 'jp-TownieApp-detail', tabindex: 0 }, cover.detail) : null,
        cover.choices.length
          ? h(
              'div',
              { class: 'jp-Townie-choices' },
              ...cover.choices.map((choice, index) =>
                button({
                  label: this._label(choice),
                  townie: `app-cover-${choice}`,
                  kind: index === 0 ? 'primary' : 'plain',
                  click: element => this._choose(choice, element)
                })
              )
            )
          : null
      )
    );
    const detail = this.node.querySelector('pre');
    if (detail && cover.name === 'packages') {
      // What pip failed of comes last.
      detail.scrollTop = detail.scrollHeight;
    }
    if (focused) {
      this.node.querySelector<HTMLElement>('input, button')?.focus();
    }
  }

  private _label(choice: CoverChoice): string {
    const trans = this._trans;
    return {
      allow: trans.__('Allow and start'),
      start: trans.__('Start'),
      reload: trans.__('Load again'),
      anyway: trans.__('Load it all the same'),
      code: trans.__('Show the code'),
      fix: trans.__('Try fixing'),
      notebook: trans.__('Open the notebook'),
      secrets: trans.__('Enter the secret'),
      install: trans.__('Install'),
      again: trans.__('Try again'),
      halt: trans.__('Stop'),
      close: trans.__('Close'),
      signin: trans.__('Sign in')
    }[choice];
  }

  private _key = '';
}
