import { ISignal, Signal } from '@lumino/signaling';

/** The newest entries of something that never ends. */
export class Journal<T> {
  constructor(private _most: number) {}

  get entries(): readonly T[] {
    return this._entries;
  }

  /** How many came in all; entries before the kept ones are gone. */
  get count(): number {
    return this._count;
  }

  /** Emitted after each change, with whether everything before it is void. */
  get changed(): ISignal<this, { cleared: boolean }> {
    return this._changed;
  }

  add(...entries: T[]): void {
    this._entries.push(...entries.slice(-this._most));
    this._count += entries.length;
    // A little slack saves moving all of them for each new one.
    if (this._entries.length > this._most * 1.2) {
      this._entries.splice(0, this._entries.length - this._most);
    }
    this._changed.emit({ cleared: false });
  }

  clear(): void {
    this._entries = [];
    this._changed.emit({ cleared: true });
  }

  private _entries: T[] = [];
  private _count = 0;
  private _changed = new Signal<this, { cleared: boolean }>(this);
}
