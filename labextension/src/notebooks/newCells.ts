import type { Cell, ICellModel } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { IThread, ITownie } from '../threads/tokens';
import { MARK } from './apply';
import { barButton, CellBar } from './cellBar';
import { ICellHost } from './cellWatch';
import { OpenNotebooks } from './openNotebooks';
import { ILiveDocuments } from './tokens';

const MARK_CLASS = 'jp-mod-townieNew';

/** The turn that made a cell which the user has not kept yet, or null. */
export function newOf(cell: ICellModel): string | null {
  const mark = cell.getMetadata(MARK) as { turn?: unknown; new?: unknown } | undefined;
  return mark?.new === true && typeof mark.turn === 'string' ? mark.turn : null;
}

/** Shows which cells are new: a bar at their left, and a line with Run, Keep and Undo. */
export class NewCells implements IDisposable {
  constructor(
    private _documents: ILiveDocuments,
    private _notebooks: OpenNotebooks,
    private _townie: ITownie | null,
    private _trans: TranslationBundle
  ) {
    _townie?.changed.connect((_, { thread, change }) => {
      const turn = change.turn ? thread.turn(change.turn) : undefined;
      if (change.kind === 'turn' && turn?.kept) {
        this._unmark(turn.id);
      }
    }, this);
  }

  meet(cell: Cell, host: ICellHost): IDisposable | void {
    if (!(host.widget instanceof NotebookPanel)) {
      return;
    }
    const panel = host.widget;
    let bar: CellBar | null = null;
    const update = () => {
      const turn = newOf(cell.model);
      cell.toggleClass(MARK_CLASS, turn !== null);
      if (turn === null) {
        bar?.dispose();
        bar = null;
      } else if (!bar) {
        bar = this._bar(cell, panel, turn);
        bar.addTo(cell, 'input');
      }
    };
    const model = cell.model;
    model.metadataChanged.connect(update);
    update();
    return new DisposableDelegate(() => model.metadataChanged.disconnect(update));
  }

  /** Take the marks of all new cells of a notebook away, where their threads are known through them. */
  keepAll(panel: NotebookPanel): void {
    for (const cell of panel.content.widgets) {
      const turn = newOf(cell.model);
      if (turn) {
        this._keep(turn);
      }
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _bar(cell: Cell, panel: NotebookPanel, turn: string): CellBar {
    const trans = this._trans;
    const bar = new CellBar('new-cell', trans.__('New cell'));
    bar.addClass('jp-TownieNewCell');
    const label = document.createElement('span');
    label.className = 'jp-TownieCellBar-label';
    label.textContent = trans.__('New');
    const buttons = [
      barButton({
        name: 'keep',
        label: trans.__('Keep'),
        title: trans.__('Keep the new cells of this answer'),
        onClick: () => {
          this._leave(cell, panel);
          this._keep(turn);
        }
      }),
      barButton({
        name: 'undo',
        label: trans.__('Undo'),
        title: trans.__('Undo what this answer changed'),
        onClick: () => {
          this._leave(cell, panel);
          this._undo(cell, panel, turn);
        }
      })
    ];
    if (cell.model.type === 'code') {
      buttons.unshift(
        barButton({
          name: 'run',
          label: trans.__('Run'),
          title: trans.__('Run this cell'),
          onClick: () => this._run(cell, panel, turn)
        })
      );
    }
    bar.node.append(label, ...buttons);
    return bar;
  }

  /** The focus would get lost with the button that has it. */
  private _leave(cell: Cell, panel: NotebookPanel): void {
    if (cell.node.contains(document.activeElement)) {
      panel.content.activeCellIndex = panel.content.widgets.indexOf(cell);
      panel.content.activate();
    }
  }

  private _keep(turn: string): void {
    this._threadOf(turn)?.keep(turn);
    this._unmark(turn);
  }

  private _undo(cell: Cell, panel: NotebookPanel, turn: string): void {
    const thread = this._threadOf(turn);
    if (thread) {
      thread.undo(turn);
      return;
    }
    void this._documents.handle({
      verb: 'apply',
      path: panel.context.localPath,
      operations: panel.content.widgets
        .filter(widget => newOf(widget.model) === turn)
        .map(widget => ({
          op: 'delete',
          cell_id: widget.model.id,
          before: widget.model.sharedModel.getSource()
        }))
    });
  }

  private _run(cell: Cell, panel: NotebookPanel, turn: string): void {
    const thread = this._threadOf(turn);
    if (thread) {
      thread.run(turn, [cell.model.id]);
    } else {
      const path = panel.context.localPath;
      void this._documents.handle({ verb: 'run', path, cell_ids: [cell.model.id] });
    }
  }

  /** A thread that this page does not follow (after a reload, say) cannot be told; the notebook still can. */
  private _threadOf(turn: string): IThread | undefined {
    return this._townie?.threads.find(thread => thread.connected && thread.turn(turn));
  }

  private _unmark(turn: string): void {
    for (const panel of this._notebooks.panels) {
      for (const cell of panel.content.widgets) {
        if (newOf(cell.model) === turn) {
          cell.model.deleteMetadata(MARK);
        }
      }
    }
  }

  private _isDisposed = false;
}
