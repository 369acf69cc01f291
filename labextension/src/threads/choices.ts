import { ISignal, Signal } from '@lumino/signaling';
import { Options } from '../protocol';
import { turnOptions } from '../settings/settings';
import { ISettings } from '../settings/tokens';
import { IThread } from './tokens';

/** What a person picks for one chat; what is not there is as it was. */
export interface IChosen {
  model?: string;
  mode?: NonNullable<Options['mode']>;
}

/**
 * The model and mode of each chat: what was picked since its last message, else what that message had, else the
 * settings. A new chat begins with the model that was picked last, and with the mode of the settings: how much Townie
 * may do by itself is allowed for one chat, not for those to come.
 */
export class Choices {
  constructor(private _settings: ISettings) {
    let model = _settings.values.model;
    _settings.changed.connect(() => {
      if (model !== _settings.values.model) {
        model = _settings.values.model;
        this._set('', { ...this._picked.get(''), model: undefined });
      }
      this._changed.emit();
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What was picked and not used yet, by the ids of threads; the empty id is a new chat. */
  get unused(): Readonly<Record<string, IChosen>> {
    return Object.fromEntries(this._picked);
  }

  /** The options of a turn that is submitted now; null is a new chat. */
  options(thread: IThread | null): Options {
    const options = turnOptions(this._settings.values);
    const last = thread ? lastUsed(thread) : null;
    const picked = this._picked.get(thread?.id ?? '');
    return {
      ...options,
      model: picked?.model ?? last?.model ?? options.model,
      mode: picked?.mode ?? last?.mode ?? options.mode
    };
  }

  pick(thread: string | null, chosen: IChosen): void {
    this._set(thread ?? '', { ...this._picked.get(thread ?? ''), ...chosen });
    if (thread && chosen.model) {
      this._set('', { ...this._picked.get(''), model: chosen.model });
    }
    this._changed.emit();
  }

  /** A turn with these options was submitted: from now on its thread remembers them. */
  used(thread: string | null): void {
    this._set(thread ?? '', thread ? {} : { model: this._picked.get('')?.model });
    this._changed.emit();
  }

  /** Take up what an earlier load of the page had picked; what was picked meanwhile stays. */
  restore(unused: Readonly<Record<string, IChosen>>): void {
    this._picked = new Map([...Object.entries(unused), ...this._picked]);
    this._changed.emit();
  }

  private _set(thread: string, { model, mode }: IChosen): void {
    this._picked.delete(thread);
    if (model || mode) {
      this._picked.set(thread, { ...(model && { model }), ...(mode && { mode }) });
    }
  }

  private _picked = new Map<string, IChosen>();
  private _changed = new Signal<this, void>(this);
}

/** What the last message of a thread asked for; inline edits have a mode of their own. */
function lastUsed({ turns }: IThread): Options | null {
  for (let i = turns.length - 1; i >= 0; i--) {
    const { started, refused } = turns[i];
    if (started.purpose !== 'edit' && !refused) {
      return started.options;
    }
  }
  return null;
}
