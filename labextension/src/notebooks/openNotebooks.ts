import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

/**
 * The notebooks that are open in this page, by path.
 *
 * A notebook that is renamed stays reachable under its former names while it is open, so that a turn that was bound
 * before goes on; a notebook that is opened under such a name takes it over.
 */
export class OpenNotebooks implements IDisposable {
  constructor(private _tracker: INotebookTracker) {
    _tracker.widgetAdded.connect((_, panel) => this._add(panel), this);
    _tracker.forEach(panel => this._add(panel));
  }

  get paths(): readonly string[] {
    const paths = new Set(this._panels.map(panel => panel.context.localPath));
    for (const [path, panel] of this._former) {
      if (!panel.isDisposed) {
        paths.add(path);
      }
    }
    return Array.from(paths);
  }

  /** Notebooks that were closed with changes that were not saved, and are not open again. */
  get unsaved(): readonly string[] {
    return Array.from(this._unsaved);
  }

  get panels(): readonly NotebookPanel[] {
    return this._panels;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted after `changed`, when a notebook was loaded. */
  get opened(): ISignal<this, NotebookPanel> {
    return this._opened;
  }

  /** The panel that shows a notebook, the one used last if there are several; null when it is not open and loaded. */
  find(path: string): NotebookPanel | null {
    const found = this._panels.filter(panel => panel.context.localPath === path);
    const current = this._tracker.currentWidget;
    const panel =
      current && found.includes(current) ? current : (found[0] ?? this._former.get(path));
    return panel && !panel.isDisposed && panel.content.model && panel.context.isReady
      ? panel
      : null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._former.clear();
    this._panels = [];
    Signal.clearData(this);
  }

  private _add(panel: NotebookPanel): void {
    void panel.context.ready.then(() => {
      if (panel.isDisposed || this._isDisposed) {
        return;
      }
      this._panels.push(panel);
      this._unsaved.delete(panel.context.localPath);
      let path = panel.context.localPath;
      panel.context.pathChanged.connect(() => {
        this._former.set(path, panel);
        path = panel.context.localPath;
        this._former.delete(path);
        this._changed.emit();
      }, this);
      panel.disposed.connect(() => {
        this._panels = this._panels.filter(other => other !== panel);
        this._closed(panel);
        for (const [former, renamed] of this._former) {
          if (renamed === panel) {
            this._former.delete(former);
          }
        }
        this._changed.emit();
      }, this);
      this._changed.emit();
      this._opened.emit(panel);
    });
  }

  /** A notebook that another panel shows, too, is not closed with one of them. */
  private _closed({ context }: NotebookPanel): void {
    const paths = Array.from(this._former)
      .filter(([_, renamed]) => renamed.context === context)
      .map(([former]) => former);
    for (const path of [context.localPath, ...paths]) {
      if (context.model.dirty && !this._panels.some(other => other.context === context)) {
        this._unsaved.add(path);
      } else {
        this._unsaved.delete(path);
      }
    }
  }

  private _panels: NotebookPanel[] = [];
  private _unsaved = new Set<string>();
  private _former = new Map<string, NotebookPanel>();
  private _changed = new Signal<this, void>(this);
  private _opened = new Signal<this, NotebookPanel>(this);
  private _isDisposed = false;
}
