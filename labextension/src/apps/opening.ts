import { IDisposable } from '@lumino/disposable';
import { AppInfo } from '../protocol';
import { IAction, IThread, IThreadChange, ITownie, ITurn } from '../threads/tokens';
import { IApps } from './tokens';

/**
 * Shows an app by itself when a turn of the chat writes it: as soon as its first file names it, so that its page can
 * be watched while it is written, or once the person has accepted one that waited for them. Once a turn: whoever
 * closes the panel has it closed.
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
    this._townie.changed.disconnect(this._changed, this);
  }

  private _changed(
    _: unknown,
    { thread, change }: { thread: IThread; change: IThreadChange }
  ): void {
    const turn = change.turn ? thread.turn(change.turn) : undefined;
    const writes = change.kind === 'part' || change.kind === 'action';
    const made = this._isMade(change.action ? thread.action(change.action) : undefined);
    const goesOn = turn?.ended === null || made;
    if (!turn || !writes || !goesOn || thread !== this._townie.current) {
      return;
    }
    for (const path of writtenBy(turn)) {
      const known = this._apps.of(path);
      if (known) {
        this._show(turn.id, known);
      } else {
        // A file's part begins before its folder is an app: each file that is written may be the one that makes it one.
        this._unknown.set(path, turn.id);
        void this._ask();
      }
    }
  }

  /** Whether a change has just been made; what is only told of again, or taken back, was not running before. */
  private _isMade(action: IAction | undefined): boolean {
    if (action?.state === 'running') {
      this._running.add(action.id);
    }
    return action?.state === 'done' && this._running.delete(action.id);
  }

  /** One question at a time; what has happened meanwhile is a reason to ask again. */
  private async _ask(): Promise<void> {
    if (this._asking) {
      this._again = true;
      return;
    }
    this._asking = true;
    do {
      this._again = false;
      const asked = Array.from(this._unknown);
      this._unknown.clear();
      for (const [path, turn] of asked) {
        try {
          // By its path: an app may be anywhere in the workspace.
          await this._apps.refresh(path);
        } catch (reason) {
          console.warn('The apps could not be read.', reason);
        }
        const known = this._apps.of(path);
        if (known) {
          this._show(turn, known);
        }
      }
    } while (this._again && !this._isDisposed);
    this._asking = false;
  }

  private _show(turn: string, info: AppInfo): void {
    const key = `${turn}\n${info.id}`;
    if (!this._shown.has(key) && !this._isDisposed) {
      this._shown.add(key);
      this._open(info);
    }
  }

  private _shown = new Set<string>();
  private _running = new Set<string>();
  private _unknown = new Map<string, string>();
  private _asking = false;
  private _again = false;
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
