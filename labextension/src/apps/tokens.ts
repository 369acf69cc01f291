import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import { AppInfo } from '../protocol';
import { AppsApi } from './api';
import { AppModel } from './model';

/** The apps of the workspace, and those that this page follows. */
export interface IApps {
  readonly api: AppsApi;
  /** The apps as they were when they were last asked for. */
  readonly known: readonly AppInfo[];
  /** The apps that this page follows. */
  readonly followed: readonly AppModel[];
  /** `known` or `followed` have changed, or something in one of the followed. */
  readonly changed: ISignal<IApps, void>;
  /** Ask the server for all apps, and for the one at `path` wherever that lies in the workspace. */
  refresh(path?: string): Promise<readonly AppInfo[]>;
  /** The known app that a workspace file or folder belongs to. */
  of(path: string): AppInfo | null;
  /** Follow an app; it is left when `unfollow` was called as often. */
  follow(info: AppInfo): AppModel;
  unfollow(app: AppModel): void;
}

export const IApps = new Token<IApps>('jupyter-townie:IApps', 'The apps of the workspace.');
