import { URLExt } from '@jupyterlab/coreutils';
import { ISignal, Signal } from '@lumino/signaling';
import { AppInfo } from '../protocol';
import { AppsApi } from './api';
import { AppConnection } from './connection';
import { AppModel } from './model';
import { IApps } from './tokens';

interface IFollowed {
  app: AppModel;
  connection: AppConnection;
  followers: number;
}

/** The apps of the workspace in this page; one connection an app, however many views it has. */
export class Apps implements IApps {
  constructor(readonly api: AppsApi) {}

  get known(): readonly AppInfo[] {
    return this._known;
  }

  get followed(): readonly AppModel[] {
    return Array.from(this._followed.values(), entry => entry.app);
  }

  get changed(): ISignal<IApps, void> {
    return this._changed;
  }

  async refresh(path = ''): Promise<readonly AppInfo[]> {
    this._known = await this.api.apps(path);
    this._changed.emit();
    return this._known;
  }

  of(path: string): AppInfo | null {
    let found: AppInfo | null = null;
    for (const info of this._known) {
      const inside = path === info.path || path.startsWith(`${info.path}/`);
      // The innermost folder wins.
      if (inside && (!found || info.path.length > found.path.length)) {
        found = info;
      }
    }
    return found;
  }

  follow(info: AppInfo): AppModel {
    const entry = this._followed.get(info.id) ?? this._begin(info);
    entry.followers += 1;
    return entry.app;
  }

  unfollow(app: AppModel): void {
    const entry = this._followed.get(app.id);
    if (entry && --entry.followers === 0) {
      this._followed.delete(app.id);
      entry.connection.dispose();
      entry.app.dispose();
      this._changed.emit();
    }
  }

  private _begin(info: AppInfo): IFollowed {
    const app = new AppModel(info, command => connection.send(command));
    const connection = new AppConnection({
      socket: () => this._socket(info.id),
      frame: frame => app.receive(frame),
      connected: connected => app.setConnected(connected),
      gone: () => app.setGone(),
      signedOut: () => app.setSignedOut()
    });
    const entry = { app, connection, followers: 0 };
    this._followed.set(info.id, entry);
    app.changed.connect(() => {
      this._known = this._known.map(known => (known.id === app.id ? app.info : known));
      this._changed.emit();
    });
    connection.connect();
    this._changed.emit();
    return entry;
  }

  private _socket(id: string): WebSocket {
    const { settings } = this.api;
    const path = URLExt.join(settings.wsUrl, 'townie/api/apps', encodeURIComponent(id), 'channel');
    const token = settings.appendToken && settings.token;
    const query = token ? `?${new URLSearchParams({ token: settings.token }).toString()}` : '';
    return new settings.WebSocket(path + query);
  }

  private _known: readonly AppInfo[] = [];
  private _followed = new Map<string, IFollowed>();
  private _changed = new Signal<IApps, void>(this);
}
