import { IDisposable } from '@lumino/disposable';
import { AppInfo } from '../protocol';
import { IThread, IThreadChange, ITownie, ITurn } from '../threads/tokens';
import { IApps } from './tokens';

/** Milliseconds between two questions to the server whether a file that is being written belongs to an app. */
const PATIENCE = 300;

/**
 * Shows an app by itself when a turn of the chat writes it: as soon as its first file names it, so that its page can
 * be watched while it is written. Once a turn: whoever closes the panel has it closed.
 */
export class Opening implements IDisposable {
  constructor(
    private _townie: ITownie,
    private _apps: IApps,
    private _open: (info: AppInfo) => void
  ) {
    _townie.changed.connect(this._changed, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    this._townie.changed.disconnect(this._changed, this);
  }

  private _changed(
    _: unknown,
    { thread, change }: { thread: IThread; change: IThreadChange }
  ): void {
    const kinds: readonly IThreadChange['kind'][] = ['part', 'action'];
    if (thread !== this._townie.current || !kinds.includes(change.kind) || !change.turn) {
      return;
    }
    const turn = thread.turn(change.turn);
    if (!turn || turn.ended !== null) {
      return;
    }
    for (const path of writtenBy(turn)) {
      const key = `${turn.id}\n${path}`;
      if (!this._seen.has(key)) {
        this._seen.add(key);
        this._look(turn.id, path, 0);
      }
    }
  }

  /** A file's part begins before its folder is an app: the first file, once written, makes it one. */
  private _look(turn: string, path: string, tries: number): void {
    const known = this._apps.of(path);
    if (known) {
      this._show(turn, known);
      return;
    }
    this._waiting.push({ turn, path, tries });
    if (this._timer === undefined) {
      this._timer = setTimeout(() => void this._ask(), tries ? PATIENCE * 2 ** tries : 0);
    }
  }

  private async _ask(): Promise<void> {
    const waiting = this._waiting;
    this._waiting = [];
    try {
      await this._apps.refresh();
    } catch (reason) {
      console.warn('The apps could not be read.', reason);
      this._timer = undefined;
      return;
    }
    this._timer = undefined;
    for (const { turn, path, tries } of waiting) {
      const known = this._apps.of(path);
      if (known) {
        this._show(turn, known);
      } else if (tries < 4 && path.split('/').length > 1) {
        this._look(turn, path, tries + 1);
      }
    }
  }

  private _show(turn: string, info: AppInfo): void {
    const key = `${turn}\n${info.id}`;
    if (!this._shown.has(key) && !this._isDisposed) {
      this._shown.add(key);
      this._open(info);
    }
  }

  private _seen = new Set<string>();
  private _shown = new Set<string>();
  private _waiting: { turn: string; path: string; tries: number }[] = [];
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}

/** Paths of the files that a turn writes, and of the apps that it wants to start. */
export function writtenBy(turn: ITurn): string[] {
  const paths = new Set<string>();
  for (const part of turn.parts) {
    if (part?.target?.kind === 'file' && part.target.ref) {
      paths.add(part.target.ref.replace(/^\.?\//, ''));
    }
  }
  for (const { body } of turn.actions) {
    if (body.kind === 'start_app' || (body.kind === 'edit' && !body.cell_id)) {
      paths.add(body.path);
    }
  }
  return Array.from(paths);
}
