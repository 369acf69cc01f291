import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import {
  AppComparison,
  AppCreate,
  AppDeleted,
  AppInfo,
  AppPreview,
  AppPublication,
  AppPublish,
  AppPublishing,
  AppVersion
} from '../protocol';
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
  /** All apps, and the one that `path` belongs to wherever that lies in the workspace. */
  apps(path = ''): Promise<AppInfo[]> {
    return this._request('GET', path ? `apps?path=${encodeURIComponent(path)}` : 'apps');
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

  /** Install what the app lacks; rejects when that is something else by now. The app's channel tells how far it is. */
  install(id: string, names: readonly string[]): Promise<AppInfo> {
    return this._request('POST', at(id, 'install'), { names });
  }

  stopInstalling(id: string): Promise<AppInfo> {
    return this._request('DELETE', at(id, 'install'));
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

  /** What has changed from a version to another one, or to now. */
  compare(id: string, version: string, other = 'now'): Promise<AppComparison> {
    return this._request('GET', comparison(id, version, other));
  }

  /** A file in both. */
  compareFile(
    id: string,
    version: string,
    other: string,
    path: string
  ): Promise<{ before: string; after: string }> {
    const query = `${comparison(id, version, other)}&path=${encodeURIComponent(path)}`;
    return this._request('GET', query);
  }

  /** A new app from a version. */
  branch(id: string, version: string, title: string): Promise<AppInfo> {
    return this._request('POST', `${at(id, 'versions')}/${encodeURIComponent(version)}/branch`, {
      title
    });
  }

  retitle(id: string, title: string): Promise<AppInfo> {
    return this._request('PATCH', at(id), { title });
  }

  /** The answer holds what brings it back. */
  deleteApp(id: string): Promise<AppDeleted> {
    return this._request('DELETE', at(id));
  }

  restoreDeleted(undo: string): Promise<AppInfo> {
    return this._request('POST', `deleted-apps/${encodeURIComponent(undo)}`, {});
  }

  /** How the app looks now, as a data URL. */
  keepPicture(id: string, image: string): Promise<AppInfo> {
    return this._request('POST', at(id, 'picture'), { image });
  }

  picture(id: string, picture: string): Promise<Blob> {
    return this._blob(`${at(id, 'pictures')}/${encodeURIComponent(picture)}`, 'force-cache');
  }

  publication(id: string): Promise<AppPublishing> {
    return this._request('GET', at(id, 'publication'));
  }

  /** Publish the app as it is now, or bring what is published up to date. */
  publish(id: string, asked: AppPublish): Promise<AppPublishing> {
    return this._request('POST', at(id, 'publication'), asked);
  }

  setAudience(id: string, audience: AppPublication['audience']): Promise<AppPublishing> {
    return this._request('PATCH', at(id, 'publication'), { audience });
  }

  unpublish(id: string, deleteData: boolean): Promise<AppPublishing> {
    const query = deleteData ? '?data=delete' : '';
    return this._request('DELETE', at(id, 'publication') + query);
  }

  publications(): Promise<AppPublication[]> {
    return this._request('GET', 'publications');
  }

  /** For one whose app was deleted. */
  endPublication(publication: string): Promise<void> {
    return this._request('DELETE', `publications/${encodeURIComponent(publication)}`);
  }

  restoreVersion(id: string, version: string): Promise<void> {
    return this._request('POST', `${at(id, 'versions')}/${encodeURIComponent(version)}/restore`);
  }

  /** The app as a zip file that runs without Townie. */
  exported(id: string): Promise<Blob> {
    return this._blob(at(id, 'export'), 'no-store');
  }

  private async _blob(path: string, cache: RequestCache): Promise<Blob> {
    const { settings } = this;
    const url = URLExt.join(settings.baseUrl, 'townie/api', path);
    const response = await ServerConnection.makeRequest(url, { cache }, settings);
    if (!response.ok) {
      throw new RequestError(response.status, problemOf(response, await response.text()));
    }
    return response.blob();
  }
}

function at(id: string, verb = ''): string {
  return ['apps', encodeURIComponent(id), verb].filter(part => part).join('/');
}

function comparison(id: string, version: string, other: string): string {
  const path = `${at(id, 'versions')}/${encodeURIComponent(version)}/compare`;
  return `${path}?with=${encodeURIComponent(other)}`;
}

function each(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
