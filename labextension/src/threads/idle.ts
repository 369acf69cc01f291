import { IDisposable } from '@lumino/disposable';

/** A piece of work of a few milliseconds; it is skipped when nobody wants it any more. */
export interface IIdleTask {
  wanted(): boolean;
  run(): void | Promise<void>;
}

/** A slice ends after this long, even when the browser would allow more: what was drawn has to be laid out too. */
const SLICE = 12;
/** The longest that work may wait while the page is busy, in milliseconds. */
const PATIENCE = 400;

/** Runs one task in each idle slice of the main thread; the next one waits until it is done. */
export class IdleQueue implements IDisposable {
  get isDisposed(): boolean {
    return this._disposed;
  }

  add(task: IIdleTask, first = false): void {
    if (first) {
      this._tasks.unshift(task);
    } else {
      this._tasks.push(task);
    }
    this._schedule();
  }

  dispose(): void {
    this._disposed = true;
    this._tasks = [];
  }

  private _schedule(): void {
    if (this._scheduled || this._disposed || this._tasks.length === 0) {
      return;
    }
    this._scheduled = true;
    if (typeof window.requestIdleCallback === 'function') {
      window.requestIdleCallback(deadline => void this._run(deadline), { timeout: PATIENCE });
    } else {
      setTimeout(() => void this._run(null), 16);
    }
  }

  private async _run(deadline: IdleDeadline | null): Promise<void> {
    const begin = performance.now();
    do {
      const task = this._tasks.shift();
      if (!task) {
        break;
      }
      if (!task.wanted()) {
        continue;
      }
      try {
        const done = task.run();
        if (done) {
          await done;
          break;
        }
      } catch (error) {
        console.error('Townie could not render a part of an answer.', error);
      }
    } while (
      deadline &&
      !deadline.didTimeout &&
      deadline.timeRemaining() > 8 &&
      performance.now() - begin < SLICE
    );
    this._scheduled = false;
    this._schedule();
  }

  private _tasks: IIdleTask[] = [];
  private _scheduled = false;
  private _disposed = false;
}
