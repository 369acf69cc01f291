import { AppMessage, readMessage } from './messages';

/** Messages a second, sustained; a burst may be twice that. */
const RATE = 20;
const BURST = 2 * RATE;
/** Faults of one document that are passed on, and their characters in all. */
const MOST_FAULTS = 200;
const MOST_CHARACTERS = 64 * 1024;

/** What comes from one document of an app: checked, bounded, and counted where it is too much. */
export class Inbox {
  constructor(private _now: () => number = () => performance.now()) {
    this._at = _now();
  }

  /** Messages that were not passed on. */
  get dropped(): number {
    return this._dropped;
  }

  /** The message to act on, or null when it is malformed or one too many. */
  take(data: unknown): AppMessage | null {
    const message = readMessage(data);
    if (message?.kind === 'pong' || message?.kind === 'look' || message?.kind === 'at') {
      return message;
    }
    if (message === null || !this._spend() || !this._fits(message)) {
      this._dropped++;
      return null;
    }
    return message;
  }

  private _spend(): boolean {
    const now = this._now();
    this._left = Math.min(BURST, this._left + ((now - this._at) / 1000) * RATE);
    this._at = now;
    if (this._left < 1) {
      return false;
    }
    this._left -= 1;
    return true;
  }

  private _fits(message: AppMessage): boolean {
    switch (message.kind) {
      case 'ready':
        return this._first('ready');
      case 'fault': {
        const { message: text, stack = '', url = '' } = message.report;
        this._faults += 1;
        this._characters += text.length + stack.length + url.length;
        return this._faults <= MOST_FAULTS && this._characters <= MOST_CHARACTERS;
      }
      default:
        return true;
    }
  }

  private _first(kind: string): boolean {
    const first = !this._seen.has(kind);
    this._seen.add(kind);
    return first;
  }

  private _left = BURST;
  private _at: number;
  private _faults = 0;
  private _characters = 0;
  private _dropped = 0;
  private _seen = new Set<string>();
}
