import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';
import { Options } from '../protocol';
import { INotebookPrivacy } from './notebookPrivacy';
import { ISettings, ISettingValues } from './tokens';

export const DEFAULTS: ISettingValues = {
  model: '',
  mode: 'ask',
  privacy: 'types',
  askPrivacy: true,
  rules: '',
  maxTries: 3,
  maxCost: 0,
  keepTrying: false,
  side: 'right',
  fontSize: 0
};

/** Settings backed by JupyterLab's registry; the defaults hold until it has answered. */
export class Settings implements ISettings {
  constructor(readonly notebooks: INotebookPrivacy) {}

  get values(): ISettingValues {
    return this._values;
  }

  get changed(): ISignal<ISettings, void> {
    return this._changed;
  }

  connect(registered: ISettingRegistry.ISettings): void {
    this._registered = registered;
    registered.changed.connect(this._read, this);
    this._read();
  }

  async set<K extends keyof ISettingValues>(key: K, value: ISettingValues[K]): Promise<void> {
    if (this._values[key] === value) {
      return;
    }
    // Shown at once; the registry confirms.
    this._values = { ...this._values, [key]: value };
    this._changed.emit();
    await this._registered?.set(key, value);
  }

  private _read(): void {
    this._values = { ...DEFAULTS, ...(this._registered?.composite as Partial<ISettingValues>) };
    this._changed.emit();
  }

  private _values = DEFAULTS;
  private _registered: ISettingRegistry.ISettings | null = null;
  private _changed = new Signal<ISettings, void>(this);
}

/** The options of a turn that these settings ask for. */
export function turnOptions(values: ISettingValues): Options {
  return {
    model: values.model || null,
    mode: values.mode,
    privacy: values.privacy,
    ask_privacy: values.askPrivacy,
    rules: values.rules,
    max_tries: values.maxTries,
    max_cost: values.maxCost > 0 ? values.maxCost : null,
    keep_trying: values.keepTrying
  };
}
