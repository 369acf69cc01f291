import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { ConsolePanel, IConsoleTracker } from '@jupyterlab/console';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor, IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';
import { Attachment, Binding, Selection } from '../protocol';

export type FileWidget = IDocumentWidget<FileEditor>;
export type BoundWidget = NotebookPanel | FileWidget | ConsolePanel;

export interface ITrackers {
  shell: JupyterFrontEnd.IShell;
  notebooks: INotebookTracker;
  files: IEditorTracker | null;
  consoles: IConsoleTracker | null;
  translator: ITranslator;
}

/**
 * What the user is working on: the notebook, file or console that was used last, its active cell, the selection.
 *
 * A chat, a terminal or a preview that has the focus does not change it.
 */
export class ActiveDocument implements IDisposable {
  constructor(private _trackers: ITrackers) {
    this._trans = _trackers.translator.load('jupyter_townie');
    _trackers.shell.currentChanged?.connect(this._update, this);
    for (const tracker of [_trackers.notebooks, _trackers.files, _trackers.consoles]) {
      tracker?.currentChanged.connect(this._update, this);
      tracker?.widgetUpdated.connect(this._announce, this);
    }
    _trackers.notebooks.activeCellChanged.connect(this._update, this);
    _trackers.notebooks.selectionChanged.connect(this._announce, this);
    this._update();
  }

  /** Emitted at most once a frame. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The document in use, or null when none is open. */
  get widget(): BoundWidget | null {
    const current = this._asBound(this._trackers.shell.currentWidget);
    if (current) {
      return current;
    }
    if (this._last && !this._last.isDisposed) {
      return this._last;
    }
    const { notebooks, files, consoles } = this._trackers;
    return notebooks.currentWidget ?? files?.currentWidget ?? consoles?.currentWidget ?? null;
  }

  binding(): Binding {
    const widget = this.widget;
    if (widget instanceof NotebookPanel) {
      const cell = widget.content.activeCell;
      return {
        path: widget.context.localPath,
        kind: 'notebook',
        cell_id: cell?.model.id ?? null,
        after: cell?.model.id ?? null,
        selection: cell && widget.content.mode === 'edit' ? selectionOf(cell.editor) : null,
        kernel_id: widget.sessionContext.session?.kernel?.id ?? null
      };
    }
    if (widget instanceof ConsolePanel) {
      const cell = widget.console.promptCell;
      return {
        path: widget.sessionContext.path,
        kind: 'console',
        cell_id: cell?.model.id ?? null,
        selection: selectionOf(cell?.editor ?? null),
        kernel_id: widget.sessionContext.session?.kernel?.id ?? null
      };
    }
    if (widget) {
      return {
        path: widget.context.localPath,
        kind: 'file',
        selection: selectionOf(widget.content.editor)
      };
    }
    return { path: null };
  }

  suggested(): Attachment[] {
    const widget = this.widget;
    const binding = this.binding();
    const path = binding.path ?? '';
    const chips: Attachment[] = [];
    if (widget instanceof NotebookPanel) {
      chips.push({ kind: 'notebook', ref: path, label: PathExt.basename(path), path });
      const cell = widget.content.activeCell;
      if (cell && cell.model.sharedModel.getSource().trim()) {
        chips.push({ kind: 'cell', ref: cell.model.id, label: this.cellLabel(widget, cell), path });
      }
    } else if (widget && !(widget instanceof ConsolePanel)) {
      chips.push({ kind: 'file', ref: path, label: PathExt.basename(path), path });
    }
    const text = binding.selection?.text;
    if (text) {
      const lines = text.replace(/\n$/, '').split('\n').length;
      chips.push({
        kind: 'selection',
        ref: binding.cell_id ?? path,
        label: this._trans._n('%1 selected line', '%1 selected lines', lines),
        path,
        text
      });
    }
    return chips;
  }

  /** How a cell is named to the user: by its prompt number, or by its place when it was not run. */
  cellLabel(panel: NotebookPanel, cell: Cell): string {
    const count = (cell.model as { executionCount?: number | null }).executionCount;
    return count
      ? this._trans.__('cell [%1]', count)
      : this._trans.__('cell %1', panel.content.widgets.indexOf(cell) + 1);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    Signal.clearData(this);
  }

  private _asBound(widget: Widget | null): BoundWidget | null {
    const { notebooks, files, consoles } = this._trackers;
    if (widget && (notebooks.has(widget) || files?.has(widget) || consoles?.has(widget))) {
      return widget as BoundWidget;
    }
    return null;
  }

  private _update(): void {
    this._last = this.widget;
    this._watchEditor();
    this._announce();
  }

  private _watchEditor(): void {
    const editor = this._editor();
    const selections = editor?.model.selections ?? null;
    if (selections !== this._selections) {
      this._selections?.changed.disconnect(this._announce, this);
      selections?.changed.connect(this._announce, this);
      this._selections = selections;
    }
    const cell = this._last instanceof NotebookPanel ? this._last.content.activeCell : null;
    const model = cell?.model ?? null;
    if (model !== this._model) {
      // A run gives the cell another number, which is its name.
      this._model?.stateChanged.disconnect(this._announce, this);
      model?.stateChanged.connect(this._announce, this);
      this._model = model;
    }
    if (cell && !cell.editor) {
      void cell.ready.then(() => !this._isDisposed && this._watchEditor());
    }
  }

  private _editor(): CodeEditor.IEditor | null {
    const widget = this._last;
    if (!widget || widget.isDisposed) {
      return null;
    }
    if (widget instanceof NotebookPanel) {
      return widget.content.activeCell?.editor ?? null;
    }
    return widget instanceof ConsolePanel
      ? (widget.console.promptCell?.editor ?? null)
      : widget.content.editor;
  }

  private _announce(): void {
    if (!this._frame && !this._isDisposed) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._changed.emit();
      });
    }
  }

  private _trans: TranslationBundle;
  private _last: BoundWidget | null = null;
  private _model: Cell['model'] | null = null;
  private _selections: CodeEditor.IEditor['model']['selections'] | null = null;
  private _changed = new Signal<this, void>(this);
  private _frame = 0;
  private _isDisposed = false;
}

function selectionOf(editor: CodeEditor.IEditor | null): Selection | null {
  if (!editor || editor.isDisposed) {
    return null;
  }
  const range = editor.getSelection();
  const from = editor.getOffsetAt(range.start);
  const to = editor.getOffsetAt(range.end);
  const start = Math.min(from, to);
  const end = Math.max(from, to);
  return { start, end, text: editor.model.sharedModel.getSource().slice(start, end) };
}
