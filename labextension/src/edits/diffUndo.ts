import { history, redo, undo, undoDepth } from '@codemirror/commands';
import { Compartment, Extension, Transaction } from '@codemirror/state';
import { EditorView, ViewUpdate } from '@codemirror/view';

/** Something that can be taken back, and done again after that. */
export interface IStep {
  undo(): void;
  redo(): void;
}

/** Marks what the user did not do, and so cannot take back. */
export const notByUser = Transaction.addToHistory.of(false);

/** What the user did in a diff, in its order: what was typed in the proposal, and the changes that were settled. */
export class DiffUndo {
  constructor() {
    this.extension = [
      this._history.of(history()),
      EditorView.updateListener.of(update => this._see(update))
    ];
  }

  /** Goes into the view of the proposal. */
  readonly extension: Extension;

  /** Something was done elsewhere than in the text of the proposal. */
  add(step: IStep): void {
    this._done.push(step);
    this._undone = [];
  }

  /** Take the last step back; false when there is none. */
  undo(): boolean {
    return this._move(this._done, this._undone, 'undo');
  }

  /** Do again what was taken back last; false when that was nothing. */
  redo(): boolean {
    return this._move(this._undone, this._done, 'redo');
  }

  /** The texts have become others, on which no earlier step fits. */
  forget(view: EditorView): void {
    if (this._done.length || this._undone.length) {
      this._done = [];
      this._undone = [];
      // Only without it what it knew is gone.
      view.dispatch({ effects: this._history.reconfigure([]) });
      view.dispatch({ effects: this._history.reconfigure(history()) });
    }
  }

  private _move(from: IStep[], to: IStep[], how: 'undo' | 'redo'): boolean {
    const step = from.pop();
    if (!step) {
      return false;
    }
    to.push(step);
    this._moving = true;
    step[how]();
    this._moving = false;
    return true;
  }

  private _see({ view, startState, state, transactions }: ViewUpdate): void {
    if (this._moving || undoDepth(startState) === undoDepth(state)) {
      return;
    }
    if (transactions.some(one => one.isUserEvent('undo') || one.isUserEvent('redo'))) {
      // The menu of the browser has its own way to it.
      const undone = undoDepth(state) < undoDepth(startState);
      const [from, to] = undone ? [this._done, this._undone] : [this._undone, this._done];
      to.push(...from.splice(-1));
    } else if (transactions.some(one => one.docChanged)) {
      this.add({ undo: () => undo(view), redo: () => redo(view) });
    }
  }

  private _history = new Compartment();
  private _done: IStep[] = [];
  private _undone: IStep[] = [];
  private _moving = false;
}
