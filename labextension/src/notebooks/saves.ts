import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { PromiseDelegate } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

/** Milliseconds that a save is waited for: JupyterLab does not tell that the user gave one up in its dialog. */
const PATIENCE = 10_000;

/**
 * Tells when no notebook is being saved.
 *
 * JupyterLab takes what it saves when the save begins, and when it ends says that all is saved. What is changed in
 * between is not in the file, and goes without a question when the notebook is closed, as "save and close" does at once.
 */
export class Saves implements IDisposable {
  constructor(
    tracker: INotebookTracker,
    private _patience = PATIENCE
  ) {
    tracker.widgetAdded.connect((_, panel) => this._watch(panel), this);
    tracker.forEach(panel => this._watch(panel));
  }

  /** Resolves at once when no save is under way; else when it is over and whoever waited for it has gone on. */
  async over(panel: NotebookPanel): Promise<void> {
    const save = this._running.get(panel.context);
    if (!save) {
      return;
    }
    let timer = 0;
    const tired = new Promise<void>(resolve => {
      timer = window.setTimeout(() => {
        this._end(panel.context);
        this._late.add(panel.context);
        resolve();
      }, this._patience);
    });
    await Promise.race([save.promise, tired]);
    clearTimeout(timer);
    await new Promise(resolve => setTimeout(resolve));
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _watch({ context }: NotebookPanel): void {
    context.saveState.connect(this._onSaveState, this);
    context.disposed.connect(() => this._end(context), this);
  }

  private _onSaveState(context: Context, state: DocumentRegistry.SaveState): void {
    const late = this._late.delete(context);
    if (state === 'started') {
      this._end(context);
      this._running.set(context, new PromiseDelegate());
      return;
    }
    if (late && state === 'completed') {
      // Something may have been changed since it began.
      context.model.dirty = true;
    }
    this._end(context);
  }

  private _end(context: Context): void {
    this._running.get(context)?.resolve();
    this._running.delete(context);
  }

  private _running = new Map<Context, PromiseDelegate<void>>();
  private _late = new Set<Context>();
  private _isDisposed = false;
}

type Context = NotebookPanel['context'];
