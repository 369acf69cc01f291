import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import {
  Event,
  KeyState,
  Models,
  PendingAction,
  Problem,
  Receipt,
  RestorePreview,
  Status,
  TestResult,
  ThreadInfo
} from '../protocol';

/** Where the user wants to go back to: a turn alone undone, or everything as it was before or after it. */
export type Goal = 'undo' | 'before' | 'after';

/** An answer of the server that says no; `problem` carries the next step. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem
  ) {
    super(problem.message);
    this.name = 'RequestError';
  }
}

/** Whatever was thrown, as something to tell the user. */
export function asProblem(error: unknown): Problem {
  if (error instanceof RequestError) {
    return error.problem;
  }
  if (typeof error === 'object' && error && 'code' in error && typeof error.code === 'string') {
    return error as Problem;
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'unexpected', message };
}

/** The REST half of the server edge. Every method rejects with `RequestError`, or `NetworkError` when unreachable. */
export class TownieApi {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  /** A failure is shown: the server loads what a repair needs. */
  ready(): Promise<void> {
    return this._request('POST', 'ready');
  }

  /** A new WebSocket of the server; `query` is what its address asks for. */
  socket(path: string, query: Record<string, string> = {}): WebSocket {
    const { wsUrl, token, appendToken, WebSocket } = this.settings;
    const asked = new URLSearchParams(query);
    if (appendToken && token) {
      asked.set('token', token);
    }
    return new WebSocket(`${URLExt.join(wsUrl, 'townie/api', path)}?${asked.toString()}`);
  }

  threads(): Promise<ThreadInfo[]> {
    return this._request('GET', 'threads');
  }

  /** The threads that have every word of `words` in their title, path, questions or answers. */
  search(words: string): Promise<ThreadInfo[]> {
    return this._request('GET', `threads?search=${encodeURIComponent(words)}`);
  }

  create(thread: { title?: string; path?: string | null }): Promise<ThreadInfo> {
    return this._request('POST', 'threads', thread);
  }

  rename(id: string, title: string): Promise<ThreadInfo> {
    return this._request('PATCH', `threads/${encodeURIComponent(id)}`, { title });
  }

  /** `last` lets the request outlive the page. */
  remove(id: string, last = false): Promise<void> {
    return this._request('DELETE', `threads/${encodeURIComponent(id)}`, undefined, last);
  }

  events(id: string, after = 0): Promise<Event[]> {
    return this._request('GET', `threads/${encodeURIComponent(id)}/events?after=${after}`);
  }

  receipt(thread: string, request: string): Promise<Receipt> {
    return this._request(
      'GET',
      `threads/${encodeURIComponent(thread)}/requests/${encodeURIComponent(request)}`
    );
  }

  /** What undoing a turn, or going back to before or after it, would change now. */
  restorePreview(thread: string, turn: string, to: Goal): Promise<RestorePreview> {
    const what = to === 'undo' ? 'undo' : to === 'before' ? 'restore?before=1' : 'restore';
    return this._request(
      'GET',
      `threads/${encodeURIComponent(thread)}/turns/${encodeURIComponent(turn)}/${what}`
    );
  }

  actions(path: string): Promise<PendingAction[]> {
    return this._request('GET', `actions?path=${encodeURIComponent(path)}`);
  }

  models(): Promise<Models> {
    return this._request('GET', 'models');
  }

  test(model: string, key?: string): Promise<TestResult> {
    return this._request('POST', 'models/test', key ? { model, key } : { model });
  }

  saveKey(provider: string, key: string): Promise<KeyState> {
    return this._request('PUT', `keys/${encodeURIComponent(provider)}`, { key });
  }

  removeKey(provider: string): Promise<void> {
    return this._request('DELETE', `keys/${encodeURIComponent(provider)}`);
  }

  status(): Promise<Status> {
    return this._request('GET', 'status');
  }

  protected async _request<T>(
    method: string,
    path: string,
    body?: unknown,
    keepalive = false
  ): Promise<T> {
    const response = await ServerConnection.makeRequest(
      URLExt.join(this.settings.baseUrl, 'townie/api', path),
      {
        method,
        keepalive,
        // Also keeps JupyterLab from adding a time stamp to the address.
        cache: 'no-store',
        body: body === undefined ? undefined : JSON.stringify(body)
      },
      this.settings
    );
    const text = await response.text();
    if (!response.ok) {
      throw new RequestError(response.status, problemOf(response, text));
    }
    return (text ? JSON.parse(text) : undefined) as T;
  }
}

/** A proxy may answer with a page of HTML instead of the server's own JSON. */
export function problemOf(response: Response, text: string): Problem {
  try {
    const answer = JSON.parse(text) as { message?: string; problem?: Problem | null };
    if (answer.problem) {
      return answer.problem;
    }
    if (answer.message) {
      return { code: `http_${response.status}`, message: answer.message };
    }
  } catch {
    // Not JSON: told below.
  }
  return {
    code: `http_${response.status}`,
    message: `The Jupyter server answered ${response.status} ${response.statusText}`.trim() + '.',
    remedy:
      response.status === 404
        ? 'Is the server extension jupyter_townie enabled? Check with "jupyter server extension list".'
        : '',
    detail: text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .slice(0, 300)
  };
}
