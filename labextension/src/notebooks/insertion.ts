import { ConsolePanel } from '@jupyterlab/console';
import { PathExt } from '@jupyterlab/coreutils';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { YNotebook } from '@jupyter/ydoc';
import { applyOperations } from './apply';
import { ActiveDocument, FileWidget } from './binding';
import { CellOperation, newCellId } from './operations';
import { CellRunner } from './run';
import { cellType, isReadOnly } from './snapshot';
import { IInserted } from './tokens';

const MARKDOWN = new Set(['markdown', 'md', 'gfm']);

/** Puts a code block of the chat where the user works: into the notebook, the console's prompt, or the file. */
export class HandInsertion {
  constructor(
    private _active: ActiveDocument,
    private _runner: CellRunner,
    private _trans: TranslationBundle
  ) {}

  async insert(
    source: string,
    language: string,
    how: 'below' | 'replace',
    run: boolean
  ): Promise<IInserted | null> {
    const widget = this._active.widget;
    const text = source.replace(/\n+$/, '');
    if (widget instanceof NotebookPanel) {
      return this._intoNotebook(widget, text, MARKDOWN.has(language.toLowerCase()), how, run);
    }
    if (widget instanceof ConsolePanel) {
      return this._intoConsole(widget, text, run);
    }
    return widget ? this._intoFile(widget, text) : null;
  }

  private async _intoNotebook(
    panel: NotebookPanel,
    source: string,
    markdown: boolean,
    how: 'below' | 'replace',
    run: boolean
  ): Promise<IInserted | null> {
    const notebook = panel.content;
    const shared = notebook.model?.sharedModel as YNotebook | undefined;
    if (!shared || isReadOnly(panel)) {
      return null;
    }
    const active = notebook.activeCell;
    const name = PathExt.basename(panel.context.localPath);
    const label = active ? this._active.cellLabel(panel, active) : '';
    const type = markdown ? 'markdown' : 'code';
    const before = active?.model.sharedModel.getSource() ?? '';
    const oldType = active ? cellType(active.model) : type;
    let cellId: string;
    let where: string;
    let takeBack: CellOperation;
    if (how === 'replace' && active) {
      cellId = active.model.id;
      where = this._trans.__('into %1 of %2', label, name);
      takeBack = {
        op: 'replace',
        cell_id: cellId,
        before: source,
        after: before,
        cell_type: oldType
      };
      const [result] = applyOperations(shared, [
        { op: 'replace', cell_id: cellId, before, after: source, cell_type: type }
      ]);
      if (!result.ok) {
        return null;
      }
    } else {
      cellId = newCellId();
      where = active
        ? this._trans.__('below %1 of %2', label, name)
        : this._trans.__('at the end of %1', name);
      takeBack = { op: 'delete', cell_id: cellId, before: source };
      applyOperations(shared, [
        { op: 'insert', cell_id: cellId, cell_type: type, source, after: active?.model.id ?? null }
      ]);
    }
    const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
    notebook.deselectAll();
    notebook.activeCellIndex = index;
    void notebook.scrollToItem(index, 'auto').catch(() => undefined);
    if (run) {
      void this._runner.run(panel, [cellId]);
    }
    return {
      path: panel.context.localPath,
      cellId,
      where,
      undo: () => !panel.isDisposed && applyOperations(shared, [takeBack])[0].ok
    };
  }

  private _intoConsole(panel: ConsolePanel, source: string, run: boolean): IInserted | null {
    const cell = panel.console.promptCell;
    if (!cell) {
      return null;
    }
    const model = cell.model.sharedModel;
    const before = model.getSource();
    model.setSource(source);
    if (run) {
      void panel.console.execute(true);
    }
    return {
      path: panel.sessionContext.path,
      cellId: cell.model.id,
      where: this._trans.__('into the prompt of %1', panel.title.label),
      undo: () => {
        if (cell.isDisposed || panel.console.promptCell !== cell || model.getSource() !== source) {
          return false;
        }
        model.setSource(before);
        return true;
      }
    };
  }

  private _intoFile(widget: FileWidget, source: string): IInserted | null {
    if (widget.context.contentsModel?.writable === false) {
      return null;
    }
    const editor = widget.content.editor;
    const model = editor.model.sharedModel;
    const before = model.getSource();
    const line = editor.getCursorPosition().line + 1;
    editor.replaceSelection?.(`${source}\n`);
    const after = model.getSource();
    return {
      path: widget.context.localPath,
      cellId: '',
      where: this._trans.__('at line %1 of %2', line, PathExt.basename(widget.context.localPath)),
      undo: () => {
        if (widget.isDisposed || model.getSource() !== after) {
          return false;
        }
        model.setSource(before);
        return true;
      }
    };
  }
}
