import { AppReport } from '../protocol';

/**
 * What a page of an app can say of itself. The app shares its realm with the script that says it, so every word of it
 * may be forged: it is shown as text and acted on in no other way.
 */
export type AppMessage =
  | { kind: 'ready'; title: string; blank: boolean }
  | {
      kind: 'pong';
      id: string;
      /** Bytes that its scripts hold, where the browser tells it. */
      memory: number | null;
    }
  | { kind: 'look'; id: string; tree: string; image: string; problem: string }
  | { kind: 'kept'; state: string }
  | { kind: 'title'; title: string }
  | { kind: 'route'; path: string }
  | { kind: 'open'; url: string }
  | { kind: 'log'; level: LogLevel; text: string }
  | {
      kind: 'net';
      method: string;
      url: string;
      status: number | null;
      /** Milliseconds. */
      ms: number | null;
    }
  | { kind: 'fault'; report: Fault }
  | { kind: 'at'; place: Place };

/** Where a page is at this moment: the script that it runs, or what has been done in it. */
export type Place = Pick<Fault, 'url' | 'line' | 'stack' | 'after'>;

export type LogLevel = 'debug' | 'log' | 'info' | 'warn' | 'error';

/** A report without what only this page can add to it. */
export type Fault = Omit<AppReport, 'command' | 'document'>;

/** Characters of one text; more of it helps nobody. */
export const LONGEST_TEXT = 4096;
const LONGEST_TREE = 20_000;
/** Of a picture as a data URL. */
const LARGEST_IMAGE = 1_900_000;
const LONGEST_STATE = 64_000;

const FAULTS: Record<string, AppReport['kind']> = {
  error: 'error',
  rejection: 'rejection',
  console: 'console',
  network: 'network',
  csp: 'csp',
  resource: 'resource',
  storage: 'storage',
  blank: 'blank'
};
const LEVELS: Record<string, LogLevel> = {
  debug: 'debug',
  trace: 'debug',
  log: 'log',
  info: 'info',
  warn: 'warn',
  error: 'error'
};

/** One message of the port, or null when it is none. Reads named fields only, whatever else has been sent along. */
export function readMessage(data: unknown): AppMessage | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const raw = data as Record<string, unknown>;
  if (raw.v !== 1 || typeof raw.kind !== 'string') {
    return null;
  }
  switch (raw.kind) {
    case 'ready':
      return { kind: 'ready', title: text(raw.title, 200), blank: raw.blank === true };
    case 'pong':
      return { kind: 'pong', id: text(raw.id, 100), memory: number(raw.memory) };
    case 'kept':
      return { kind: 'kept', state: text(raw.state, LONGEST_STATE) };
    case 'look':
      return {
        kind: 'look',
        id: text(raw.id, 100),
        tree: text(raw.tree, LONGEST_TREE),
        // One that is cut is none.
        image: typeof raw.image === 'string' && raw.image.length <= LARGEST_IMAGE ? raw.image : '',
        problem: text(raw.problem, 300)
      };
    case 'at':
      return {
        kind: 'at',
        place: {
          url: text(raw.url, 1000),
          line: number(raw.line),
          stack: text(raw.stack, LONGEST_TEXT),
          after: text(raw.after, 200)
        }
      };
    case 'title':
      return { kind: 'title', title: text(raw.title, 200) };
    case 'route':
      return { kind: 'route', path: text(raw.url, 1000) };
    case 'open': {
      const url = text(raw.url, 2000);
      return url ? { kind: 'open', url } : null;
    }
    case 'log':
      return {
        kind: 'log',
        level: level(text(raw.level, 20)),
        text: text(raw.message, LONGEST_TEXT)
      };
    case 'net':
      return {
        kind: 'net',
        method: text(raw.method, 20) || 'GET',
        url: text(raw.url, 1000),
        status: number(raw.status),
        ms: number(raw.ms)
      };
    default: {
      // Not by index alone: "constructor" and its like are no kinds.
      const kind = Object.hasOwn(FAULTS, raw.kind) ? FAULTS[raw.kind] : null;
      return kind && { kind: 'fault', report: fault(kind, raw) };
    }
  }
}

function level(name: string): LogLevel {
  return Object.hasOwn(LEVELS, name) ? LEVELS[name] : 'log';
}

function fault(kind: AppReport['kind'], raw: Record<string, unknown>): Fault {
  return {
    kind,
    message: text(raw.message, LONGEST_TEXT),
    name: text(raw.name, 200),
    stack: text(raw.stack, LONGEST_TEXT),
    url: text(raw.url, 1000),
    line: number(raw.line),
    column: number(raw.column),
    status: number(raw.status),
    backend_error: text(raw.backend_error, 100),
    after: text(raw.after, 200)
  };
}

function text(value: unknown, longest: number): string {
  return typeof value === 'string' ? value.slice(0, longest) : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
