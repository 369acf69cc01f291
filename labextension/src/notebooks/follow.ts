import type { NotebookPanel } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';

/** Pixels below the streamed cell that stay visible. */
const MARGIN = 24;
/** Milliseconds after a gesture in which a scroll is taken for its effect. */
const GESTURE_LASTS = 600;
/** Milliseconds after a gesture in which nothing is scrolled, for its effect is still to come. */
const GESTURE_PAUSE = 150;
const GESTURES = ['wheel', 'touchmove', 'pointerdown', 'keydown'];

/**
 * Keeps the end of a streamed cell visible, as long as the user follows it.
 *
 * The user follows while the end of the cell is in view; scrolling away from it ends that, scrolling back resumes it.
 * Nothing but the scroll position is touched, and only ever downwards.
 */
export class StreamFollower implements IDisposable {
  constructor(private _panel: NotebookPanel) {
    const scroller = _panel.content.outerNode;
    for (const type of GESTURES) {
      scroller.addEventListener(type, this._onGesture, { passive: true });
    }
    scroller.addEventListener('scroll', this._onScroll, { passive: true });
    _panel.disposed.connect(this.dispose, this);
  }

  /** Call after text arrived in a cell. */
  follow(id: string): void {
    if (id !== this._id) {
      this._id = id;
      this._following = true;
      this._first = true;
    }
    if (!this._frame && this._following) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._adjust();
      });
    }
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
    const scroller = this._panel.content.outerNode;
    for (const type of GESTURES) {
      scroller?.removeEventListener(type, this._onGesture);
    }
    scroller?.removeEventListener('scroll', this._onScroll);
  }

  private _adjust(): void {
    const overhang = this._overhang();
    if (overhang === null) {
      this._following = false;
      return;
    }
    const scroller = this._panel.content.outerNode;
    if (this._first) {
      this._first = false;
      // A cell that begins out of view belongs to somebody who looks elsewhere.
      this._following = overhang < scroller.clientHeight / 2;
    }
    if (this._following && overhang > 0 && performance.now() - this._gesture >= GESTURE_PAUSE) {
      scroller.scrollTop += overhang;
    }
  }

  /** How far the end of the cell lies below the visible part of the notebook, in pixels; null when it is not shown. */
  private _overhang(): number | null {
    const cell = this._panel.content.widgets.find(widget => widget.model.id === this._id);
    if (!cell?.node.isConnected || !this._panel.isVisible) {
      return null;
    }
    const view = this._panel.content.outerNode.getBoundingClientRect();
    const rect = cell.node.getBoundingClientRect();
    return rect.bottom < view.top ? null : rect.bottom + MARGIN - view.bottom;
  }

  private _onGesture = (): void => {
    this._gesture = performance.now();
  };

  private _onScroll = (): void => {
    // Scrolling of our own, and of the browser when something above grew, says nothing about the user.
    if (this._id && performance.now() - this._gesture < GESTURE_LASTS) {
      const overhang = this._overhang();
      this._following = overhang !== null && overhang <= 2 * MARGIN;
    }
  };

  private _gesture = -Infinity;
  private _id = '';
  private _first = true;
  private _following = true;
  private _frame = 0;
  private _isDisposed = false;
}
