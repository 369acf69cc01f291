import { TranslationBundle } from '@jupyterlab/translation';
import { ModelInfo, Options } from '../protocol';
import { h, setText } from '../threads/dom';
import { IChoice, openMenu } from '../threads/popup';
import { ITownie } from '../threads/tokens';
import { count } from '../threads/usage';
import { isOffline, ModelCatalog } from './catalog';

type Mode = NonNullable<Options['mode']>;

function picker(townie: string, title: string): HTMLButtonElement {
  return h('button', {
    type: 'button',
    class: 'jp-Townie-picker',
    townie,
    title,
    'aria-haspopup': 'menu',
    'aria-expanded': 'false'
  });
}

/** Call back whenever another model or mode may be that of the chat that is shown. */
function followChoice(townie: ITownie, update: () => void): void {
  townie.choices.changed.connect(update);
  townie.currentChanged.connect(update);
  townie.changed.connect((_, { thread, change }) => {
    if (change.kind === 'turn' && thread === townie.current) {
      update();
    }
  });
}

/** The button that says which model answers, and its menu. */
export class ModelPicker {
  constructor(
    private _catalog: ModelCatalog,
    private _townie: ITownie,
    private _trans: TranslationBundle,
    private _openStatus: () => void
  ) {
    this.node = picker('model-picker', _trans.__('Model'));
    this.node.addEventListener('click', () => void this._open());
    _catalog.changed.connect(this.update, this);
    followChoice(_townie, () => this.update());
    this.update();
  }

  readonly node: HTMLButtonElement;

  update(): void {
    const id = this._current();
    const label = this._catalog.find(id)?.label ?? id.slice(id.indexOf('/') + 1);
    // The family and the number are what tells one from another, in a narrow sidebar too.
    setText(this.node, label.replace(/^Claude (?=\w)/, '') || this._trans.__('Model'));
    this.node.setAttribute('aria-label', this._trans.__('Model: %1', label));
    this.node.title = id ? this._trans.__('Model: %1', id) : this._trans.__('Model');
  }

  private async _open(): Promise<void> {
    const trans = this._trans;
    // A server on the user's machine may have been started, or given another model, since.
    await this._catalog.refreshed(PATIENCE);
    const current = this._current();
    // What lacks a key is one choice away, under "Models and keys".
    const models = (this._catalog.models?.models ?? []).filter(
      model => model.ready !== false || model.id === current
    );
    const choices: IChoice[] = models.map(model => ({
      id: model.id,
      label: model.label,
      description: this._describe(model),
      checked: model.id === current,
      group: this._group(model)
    }));
    choices.push({ id: STATUS, label: trans.__('Models and keys…'), group: ' ', checked: false });
    openMenu(this.node, trans.__('Model'), choices, id => {
      if (id === STATUS || this._catalog.find(id)?.ready === false) {
        this._openStatus();
      } else {
        this._townie.choices.pick(this._townie.current?.id ?? null, { model: id });
      }
    });
  }

  private _current(): string {
    return this._townie.options().model || this._catalog.models?.default || '';
  }

  private _group(model: ModelInfo): string {
    if (isOffline(model)) {
      return this._trans.__('Built in');
    }
    return (
      this._catalog.models?.keys.find(key => key.provider === model.provider)?.label ??
      model.provider
    );
  }

  private _describe(model: ModelInfo): string {
    const trans = this._trans;
    if (model.ready === false) {
      return model.problem?.message ?? trans.__('Needs a key');
    }
    if (isOffline(model)) {
      return trans.__('Rules and a tour, without a model');
    }
    const price =
      typeof model.input_price === 'number' && typeof model.output_price === 'number'
        ? trans.__(
            '$%1 in, $%2 out per million',
            String(model.input_price),
            String(model.output_price)
          )
        : '';
    return [trans.__('%1 tokens of context', count(model.window)), price]
      .filter(text => text)
      .join(' · ');
  }
}

const STATUS = ' status';
/** Milliseconds that the menu may wait for news of the models. */
const PATIENCE = 300;

/** The button that says how much Townie may do, and its menu. */
export class ModePicker {
  constructor(
    private _townie: ITownie,
    private _trans: TranslationBundle
  ) {
    this.node = picker('mode-picker', _trans.__('Mode'));
    this.node.addEventListener('click', () => this._open());
    followChoice(_townie, () => this.update());
    this.update();
  }

  readonly node: HTMLButtonElement;

  update(): void {
    const mode = this._current();
    setText(this.node, this._label(mode));
    this.node.dataset.mode = mode;
    this.node.setAttribute('aria-label', this._trans.__('Mode: %1', this._label(mode)));
  }

  private _open(): void {
    const trans = this._trans;
    const current = this._current();
    const describe: Record<Mode, string> = {
      plan: trans.__('Reads and answers; changes nothing and runs nothing'),
      ask: trans.__('Waits for you before anything runs or an existing cell changes'),
      auto: trans.__('Inserts, changes and runs by itself, within your limits')
    };
    const choices = (Object.keys(describe) as Mode[]).map(mode => ({
      id: mode,
      label: this._label(mode),
      description: describe[mode],
      checked: mode === current
    }));
    openMenu(this.node, trans.__('Mode'), choices, id =>
      this._townie.choices.pick(this._townie.current?.id ?? null, { mode: id as Mode })
    );
  }

  private _current(): Mode {
    return this._townie.options().mode ?? 'ask';
  }

  private _label(mode: Mode): string {
    const trans = this._trans;
    return { plan: trans.__('Plan'), ask: trans.__('Ask'), auto: trans.__('Auto') }[mode];
  }
}
