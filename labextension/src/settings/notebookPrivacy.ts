import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';
import { NotebookPrivacy as Kept, Options } from '../protocol';
import { TownieApi } from '../threads/api';

export type Level = NonNullable<Options['privacy']>;

/** From the least that a model may see of a notebook to the most. */
export const LEVELS: readonly Level[] = ['code', 'types', 'values', 'outputs'];

/** What a model may see of each notebook; the server keeps it, outside of the notebooks. */
export interface INotebookPrivacy {
  /** A path whose level was chosen or taken back in this page. */
  readonly changed: ISignal<INotebookPrivacy, string>;
  /** The level that was chosen for a notebook, or null. */
  levelOf(path: string): Promise<Level | null>;
  /** Keep a level for a notebook; null has it asked for again. */
  choose(path: string, level: Level | null): Promise<void>;
}

export class NotebookPrivacy extends TownieApi implements INotebookPrivacy {
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  async levelOf(path: string): Promise<Level | null> {
    const kept = await this._request<Kept>('GET', `privacy?path=${encodeURIComponent(path)}`);
    return kept.level ?? null;
  }

  async choose(path: string, level: Level | null): Promise<void> {
    await this._request<Kept>('PUT', 'privacy', { path, level });
    this._changed.emit(path);
  }

  private _changed = new Signal<this, string>(this);
}

/** A level in two or three words, and what it lets out. */
export function wordsOf(level: Level, trans: TranslationBundle): { label: string; title: string } {
  return {
    code: { label: trans.__('Code only'), title: trans.__('The code and the error') },
    types: {
      label: trans.__('Types and shapes'),
      title: trans.__('Also types, shapes and columns of variables')
    },
    values: { label: trans.__('Sample values'), title: trans.__('Also a few of their values') },
    outputs: { label: trans.__('Outputs'), title: trans.__('Also what cells print and draw') }
  }[level];
}
