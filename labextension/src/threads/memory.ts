import { IStateDB } from '@jupyterlab/statedb';
import { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { IChosen } from './choices';

const KEY = 'jupyter-townie:chat';
/** Drafts of this many threads are kept, the newest. */
const KEPT = 30;

interface IMemory {
  thread: string | null;
  /** Distance from the top in pixels; null is the end. */
  top: number | null;
  /** Unsent messages by thread id; the empty id is a new chat. */
  drafts: Record<string, string>;
  /** Models and modes that were picked and not used yet, by thread id. */
  picked: Readonly<Record<string, IChosen>>;
}

/** What was written in two places, as one message. */
export function joined(...parts: readonly string[]): string {
  return parts.filter(part => part.trim()).join('\n\n');
}

/**
 * What a reload must not lose. The state database is shared by all tabs of a workspace and saves with a delay, so the tab
 * also leaves a note to itself when it goes away.
 */
export class ChatMemory {
  constructor(
    private _state: IStateDB | null,
    private _tab: Storage = window.sessionStorage
  ) {
    window.addEventListener('pagehide', () => this._tab.setItem(KEY, JSON.stringify(this._memory)));
  }

  async restore(): Promise<IMemory> {
    const note = this._tab.getItem(KEY);
    this._tab.removeItem(KEY);
    const saved = note
      ? (JSON.parse(note) as IMemory)
      : await this._state?.fetch(KEY).catch(() => null);
    this._memory = { ...this._memory, ...(saved as Partial<IMemory> | null | undefined) };
    return this._memory;
  }

  draft(thread: string | null): string {
    return this._memory.drafts[thread ?? ''] ?? '';
  }

  setDraft(thread: string | null, text: string): void {
    const drafts = { ...this._memory.drafts };
    delete drafts[thread ?? ''];
    if (text) {
      drafts[thread ?? ''] = text;
    }
    const kept = Object.entries(drafts).slice(-KEPT);
    this._set({ drafts: Object.fromEntries(kept) });
  }

  /** A thread was deleted: what was written for it is for a new chat. */
  moveDraft(thread: string, written = this.draft(thread)): void {
    this.setDraft(null, joined(written, this.draft(null)));
    this.setDraft(thread, '');
  }

  setPlace(thread: string | null, top: number | null): void {
    if (thread !== this._memory.thread || top !== this._memory.top) {
      this._set({ thread, top });
    }
  }

  setPicked(picked: Readonly<Record<string, IChosen>>): void {
    this._set({ picked });
  }

  private _set(change: Partial<IMemory>): void {
    this._memory = { ...this._memory, ...change };
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      const value = this._memory as unknown as ReadonlyPartialJSONValue;
      this._state?.save(KEY, value).catch(error => console.warn('The draft was not saved.', error));
    }, 500);
  }

  private _memory: IMemory = { thread: null, top: null, drafts: {}, picked: {} };
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
