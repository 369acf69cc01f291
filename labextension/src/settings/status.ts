import { MainAreaWidget } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { ModelCatalog } from '../models/catalog';
import { KeyState, Problem, StatusLine } from '../protocol';
import { asProblem, TownieApi } from '../threads/api';
import { button, h } from '../threads/dom';
import { townieIcon } from '../threads/icons';
import { problemView } from '../threads/problem';
import { duration } from '../threads/usage';
import { ISettings } from './tokens';

export interface IStatusOptions {
  api: TownieApi;
  catalog: ModelCatalog;
  settings: ISettings;
  trans: TranslationBundle;
  openSettings(): void;
}

/** What works and what is missing, the keys, and a test of the connection. */
export class StatusCard extends Widget {
  constructor(private _options: IStatusOptions) {
    super();
    const { trans } = _options;
    this.addClass('jp-Townie');
    this.addClass('jp-Townie-status');
    this.node.tabIndex = 0;
    this._lines = h('ul', { class: 'jp-Townie-statusLines', townie: 'status-lines' });
    this._keys = h('div', { class: 'jp-Townie-keys', townie: 'keys' });
    this._version = h('span', { class: 'jp-Townie-version' });
    this._model = h('select', {
      class: 'jp-Townie-select',
      townie: 'test-model',
      'aria-label': trans.__('Model')
    });
    this._result = h('div', { role: 'status', townie: 'test-result' });
    this.node.append(
      h('h1', {}, trans.__('Townie'), ' ', this._version),
      h('h2', {}, trans.__('Status')),
      this._lines,
      h('h2', {}, trans.__('Keys')),
      h(
        'p',
        { class: 'jp-Townie-hint' },
        trans.__(
          'A key is kept by the server: in the keyring of its system, or in a file that only you can read. It is never sent back to this page.'
        )
      ),
      this._keys,
      h('h2', {}, trans.__('Test connection')),
      h(
        'div',
        { class: 'jp-Townie-testRow' },
        this._model,
        button({
          label: trans.__('Test connection'),
          townie: 'test-connection',
          kind: 'primary',
          click: element => void this._test(element)
        })
      ),
      this._result,
      h(
        'div',
        { class: 'jp-Townie-statusFoot' },
        button({
          label: trans.__('All settings'),
          townie: 'open-settings',
          click: () => _options.openSettings()
        }),
        button({
          label: trans.__('Refresh'),
          townie: 'refresh-status',
          click: () => void this.refresh()
        })
      )
    );
    _options.catalog.changed.connect(this._showModels, this);
    void this.refresh();
  }

  async refresh(): Promise<void> {
    const { api, catalog, trans } = this._options;
    try {
      const [status] = await Promise.all([api.status(), catalog.refresh()]);
      this._version.textContent = status.version;
      this._lines.replaceChildren(...status.lines.map(line => this._line(line)));
    } catch (error) {
      this._lines.replaceChildren(h('li', {}, problemView(asProblem(error), 'error')));
      this._keys.textContent = trans.__('The server could not be asked.');
    }
  }

  override dispose(): void {
    this._options.catalog.changed.disconnect(this._showModels, this);
    super.dispose();
  }

  private _line(line: StatusLine): HTMLElement {
    const { trans } = this._options;
    const spoken = {
      ok: trans.__('works'),
      warning: trans.__('warning'),
      error: trans.__('does not work')
    };
    const sign = { ok: '✓', warning: '!', error: '✕' }[line.level];
    return h(
      'li',
      { class: `jp-Townie-statusLine jp-mod-${line.level}`, 'data-level': line.level },
      h(
        'span',
        { class: 'jp-Townie-statusSign', role: 'img', 'aria-label': spoken[line.level] },
        sign
      ),
      h(
        'div',
        {},
        h('b', {}, line.name),
        ` ${line.text}`,
        line.remedy ? h('div', { class: 'jp-Townie-remedy' }, line.remedy) : null
      )
    );
  }

  private _showModels(): void {
    const { catalog, settings } = this._options;
    const models = catalog.models;
    if (!models) {
      return;
    }
    const chosen = this._model.value || settings.values.model || models.default;
    this._model.replaceChildren(
      ...models.models.map(model =>
        h(
          'option',
          { value: model.id, selected: model.id === chosen },
          // Two servers may have models of the same name.
          [models.keys.find(key => key.provider === model.provider)?.label, model.label]
            .filter(name => name)
            .join(': ')
        )
      )
    );
    // A half-typed key must survive a refresh.
    if (!this._keys.querySelector('input')) {
      this._keys.replaceChildren(...models.keys.map(key => this._key(key)));
    }
  }

  private _key(key: KeyState): HTMLElement {
    const { trans } = this._options;
    const states = {
      environment: trans.__('from the environment'),
      saved: trans.__('saved'),
      missing: trans.__('not set'),
      not_needed: trans.__('not needed')
    };
    const row = h('div', {
      class: 'jp-Townie-key',
      townie: 'key',
      'data-provider': key.provider,
      'data-state': key.state
    });
    const say = h(
      'span',
      { class: 'jp-Townie-keyState' },
      states[key.state] + (key.where ? ` (${key.where})` : '')
    );
    row.append(h('b', {}, key.label), say);
    if (key.state === 'missing' || key.state === 'saved') {
      row.append(
        h(
          'span',
          { class: 'jp-Townie-choices' },
          button({
            label: key.state === 'saved' ? trans.__('Replace') : trans.__('Add a key'),
            townie: 'edit-key',
            kind: 'plain',
            click: () => this._enter(key, row)
          }),
          key.state === 'saved' &&
            button({
              label: trans.__('Remove'),
              townie: 'remove-key',
              kind: 'danger',
              click: () => void this._change(row, () => this._options.api.removeKey(key.provider))
            })
        )
      );
    }
    if (key.remedy) {
      row.append(h('div', { class: 'jp-Townie-remedy' }, key.remedy));
    }
    return row;
  }

  private _enter(key: KeyState, row: HTMLElement): void {
    const { trans, api } = this._options;
    const field = h('input', {
      type: 'password',
      class: 'jp-Townie-keyField',
      townie: 'key-field',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: trans.__('Paste the key'),
      'aria-label': trans.__('Key of %1', key.label)
    });
    const close = (): void => {
      field.value = '';
      row.replaceWith(this._key(key));
    };
    const form = h(
      'form',
      {
        class: 'jp-Townie-keyForm',
        onsubmit: event => {
          event.preventDefault();
          const value = field.value.trim();
          if (value) {
            void this._change(row, () => api.saveKey(key.provider, value)).then(saved => {
              if (saved) {
                field.value = '';
              }
            });
          }
        }
      },
      field,
      h(
        'span',
        { class: 'jp-Townie-choices' },
        h(
          'button',
          { type: 'submit', class: 'jp-Townie-button jp-mod-primary', townie: 'save-key' },
          trans.__('Save')
        ),
        button({ label: trans.__('Cancel'), click: close })
      )
    );
    form.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        close();
      }
    });
    row.replaceChildren(h('b', {}, key.label), form);
    field.focus();
  }

  private async _change(row: HTMLElement, change: () => Promise<unknown>): Promise<boolean> {
    row.querySelector('.jp-Townie-problem')?.remove();
    try {
      await change();
    } catch (error) {
      row.append(problemView(asProblem(error), 'error'));
      return false;
    }
    // The other rows stay, so that nothing moves below the pointer.
    row.querySelector('form')?.remove();
    await this.refresh();
    const key = this._options.catalog.models?.keys.find(
      one => one.provider === row.dataset.provider
    );
    if (row.isConnected && key) {
      row.replaceWith(this._key(key));
    }
    return true;
  }

  private async _test(element: HTMLButtonElement): Promise<void> {
    const { api, trans } = this._options;
    element.disabled = true;
    this._result.textContent = trans.__('Asking %1…', this._model.value);
    let problem: Problem | null = null;
    try {
      const result = await api.test(this._model.value);
      problem = result.problem ?? null;
      if (result.ok) {
        const time = typeof result.seconds === 'number' ? duration(result.seconds) : '';
        this._result.replaceChildren(
          h(
            'span',
            { class: 'jp-mod-ok' },
            time ? trans.__('It answers, in %1.', time) : trans.__('It answers.')
          )
        );
      }
    } catch (error) {
      problem = asProblem(error);
    }
    if (problem) {
      this._result.replaceChildren(problemView(problem, 'error'));
    }
    element.disabled = false;
  }

  private _lines: HTMLElement;
  private _keys: HTMLElement;
  private _version: HTMLElement;
  private _model: HTMLSelectElement;
  private _result: HTMLElement;
}

export function statusWidget(options: IStatusOptions): MainAreaWidget<StatusCard> {
  const widget = new MainAreaWidget({ content: new StatusCard(options) });
  widget.id = 'jupyter-townie-status';
  widget.title.label = options.trans.__('Townie');
  widget.title.icon = townieIcon;
  widget.title.closable = true;
  return widget;
}
