import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { AppCreate, AppInfo, AppPreview, AppVersion } from '../protocol';
import { problemOf, RequestError, TownieApi } from '../threads/api';

/** A file of an app's folder; `modified` in seconds since the epoch, `size` in bytes. */
export interface IAppFile {
  path: string;
  size: number;
  modified: number;
}

export interface IAppTable {
  name: string;
  rows: number;
  columns: string[];
}

export interface IAppKey {
  key: string;
  value: string;
}

/** What an app keeps: the tables of its database, and its keys. */
export interface IAppData {
  tables: IAppTable[];
  keys: IAppKey[];
}

export interface IAppRows {
  columns: string[];
  rows: unknown[][];
  total: number;
}

/** What the server offers for apps. Every method rejects with `RequestError`, or `NetworkError` when unreachable. */
export class AppsApi extends TownieApi {
  apps(): Promise<AppInfo[]> {
    return this._request('GET', 'apps');
  }

  createApp(app: AppCreate): Promise<AppInfo> {
    return this._request('POST', 'apps', app);
  }

  app(id: string): Promise<AppInfo> {
    return this._request('GET', at(id));
  }

  /** Rejects with the code `consent` when its backend was not allowed yet. */
  start(id: string): Promise<AppInfo> {
    return this._request('POST', at(id, 'start'));
  }

  stop(id: string): Promise<AppInfo> {
    return this._request('POST', at(id, 'stop'));
  }

  /** The person has allowed the app's backend to run; it is started. */
  allow(id: string): Promise<AppInfo> {
    return this._request('POST', at(id, 'allow'));
  }

  /** Give secrets to the app; an empty value takes one away. They can not be read. */
  keepSecrets(id: string, secrets: Readonly<Record<string, string>>): Promise<AppInfo> {
    return this._request('POST', at(id, 'secrets'), { secrets });
  }

  /** `origin` is this page's own, which is what the app is confined to; behind a proxy the server does not know it. */
  preview(id: string, origin: string): Promise<AppPreview> {
    return this._request('POST', at(id, 'preview'), { origin });
  }

  files(id: string): Promise<IAppFile[]> {
    return this._request('GET', at(id, 'files'));
  }

  async file(id: string, path: string): Promise<string> {
    const answer = await this._request<{ text: string }>('GET', `${at(id, 'files')}/${each(path)}`);
    return answer.text;
  }

  data(id: string): Promise<IAppData> {
    return this._request('GET', at(id, 'data'));
  }

  rows(id: string, table: string, offset: number): Promise<IAppRows> {
    return this._request('GET', `${at(id, 'data')}/${encodeURIComponent(table)}?offset=${offset}`);
  }

  versions(id: string): Promise<AppVersion[]> {
    return this._request('GET', at(id, 'versions'));
  }

  restoreVersion(id: string, version: string): Promise<void> {
    return this._request('POST', `${at(id, 'versions')}/${encodeURIComponent(version)}/restore`);
  }

  /** The app as a zip file that runs without Townie. */
  async exported(id: string): Promise<Blob> {
    const { settings } = this;
    const url = URLExt.join(settings.baseUrl, 'townie/api', at(id, 'export'));
    const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, settings);
    if (!response.ok) {
      throw new RequestError(response.status, problemOf(response, await response.text()));
    }
    return response.blob();
  }
}

function at(id: string, verb = ''): string {
  return ['apps', encodeURIComponent(id), verb].filter(part => part).join('/');
}

function each(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
