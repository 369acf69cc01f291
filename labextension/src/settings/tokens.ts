import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import { Options } from '../protocol';
import { INotebookPrivacy } from './notebookPrivacy';

/** What a person can set in JupyterLab's settings editor under "Townie"; see `schema/plugin.json`. */
export interface ISettingValues {
  /** `provider/model`, or empty for the server's default. */
  model: string;
  mode: NonNullable<Options['mode']>;
  privacy: NonNullable<Options['privacy']>;
  /** Whether the user is asked once for each notebook what a model may see of it. */
  askPrivacy: boolean;
  rules: string;
  maxTries: number;
  /** Dollars for one turn; 0 is no cap. */
  maxCost: number;
  keepTrying: boolean;
  side: 'left' | 'right';
  /** Pixels; 0 follows the theme. */
  fontSize: number;
}

/** The settings as they are now. */
export interface ISettings {
  readonly values: ISettingValues;
  readonly changed: ISignal<ISettings, void>;
  readonly notebooks: INotebookPrivacy;
  set<K extends keyof ISettingValues>(key: K, value: ISettingValues[K]): Promise<void>;
}

export const ISettings = new Token<ISettings>(
  'jupyter-townie:ISettings',
  "The user's settings of Townie."
);
