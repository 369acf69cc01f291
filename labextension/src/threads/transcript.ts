import { moveDownIcon } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { hasChanges } from './changes';
import { button, h } from './dom';
import { GoBack } from './goback';
import { problemView } from './problem';
import { ISurroundings } from './surroundings';
import { IThread, IThreadChange } from './tokens';
import { TurnView } from './turnview';

/** So near to the end, in pixels, counts as being there. */
const AT_END = 32;
/** How many turns are drawn at once when a thread is opened. */
const FIRST_FILLED = 4;

/**
 * The turns of one thread. Changes are collected and drawn once a frame; turns far from what is seen are plain text until
 * they come near. It follows the end only while the reader is there.
 */
export class Transcript extends Widget {
  constructor(private _around: ISurroundings) {
    super();
    const { trans } = _around;
    this.addClass('jp-Townie-transcript');
    this._list = h('div', { class: 'jp-Townie-turns' });
    this._scroller = h(
      'div',
      {
        class: 'jp-Townie-scroller',
        townie: 'transcript',
        role: 'log',
        'aria-live': 'off',
        'aria-label': trans.__('Conversation'),
        tabindex: 0
      },
      this._list
    );
    this._latest = button({
      label: trans.__('Jump to latest'),
      icon: moveDownIcon,
      townie: 'jump-to-latest',
      click: () => this.toEnd()
    });
    this._latest.classList.add('jp-Townie-latest');
    this._latest.hidden = true;
    this.node.append(this._scroller, this._latest);
    this._scroller.addEventListener('scroll', () => this._scrolled(), { passive: true });
    this._near = new IntersectionObserver(entries => this._cameNear(entries), {
      root: this._scroller,
      rootMargin: '800px 0px'
    });
    this._sizes = new ResizeObserver(() => this._follow());
    this._sizes.observe(this._list);
    this._sizes.observe(this._scroller);
    _around.documents?.bindingChanged.connect(this._refreshNames, this);
  }

  /** Emitted when the reader has scrolled, with the distance from the top, or null at the end. */
  readonly scrolled = new Signal<this, number | null>(this);

  get thread(): IThread | null {
    return this._thread;
  }

  /** Show a thread, at its end or where the reader was. */
  setThread(thread: IThread | null, top: number | null = null): void {
    this._thread?.changed.disconnect(this._changed, this);
    this._near.disconnect();
    this._views.clear();
    this._dirty.clear();
    this._list.replaceChildren();
    this._notices = 0;
    this._thread = thread;
    this._stuck = top === null;
    if (!thread) {
      return;
    }
    thread.changed.connect(this._changed, this);
    const { turns } = thread;
    const fragment = document.createDocumentFragment();
    turns.forEach((turn, index) => {
      const view = new TurnView(this._around, thread, turn);
      this._views.set(turn.id, view);
      fragment.append(view.node);
      if (turn.ended === null || index >= turns.length - FIRST_FILLED) {
        view.fill();
      }
    });
    this._list.append(fragment);
    for (const view of this._views.values()) {
      if (!view.isFilled) {
        this._near.observe(view.node);
      }
    }
    this._showNotices();
    this._scroller.scrollTop = top ?? this._scroller.scrollHeight;
    this._top = this._scroller.scrollTop;
    this._latest.hidden = true;
  }

  toEnd(): void {
    this._stuck = true;
    this._latest.hidden = true;
    this._follow();
  }

  /** Bring a turn into view. */
  reveal(turn: string): void {
    const view = this._views.get(turn);
    if (!view) {
      return;
    }
    const last = this._thread?.turns[this._thread.turns.length - 1];
    if (last?.id === turn) {
      this.toEnd();
      return;
    }
    view.fill();
    this._stuck = false;
    view.node.scrollIntoView({ block: 'start' });
  }

  /** The ways back from a turn of this thread. */
  goBack(turn: string): GoBack | undefined {
    return this._views.get(turn)?.goBack;
  }

  override dispose(): void {
    this.setThread(null);
    this._sizes.disconnect();
    this._around.documents?.bindingChanged.disconnect(this._refreshNames, this);
    super.dispose();
  }

  private _changed(_: IThread, change: IThreadChange): void {
    const id = change.turn ?? '';
    const dirty = this._dirty.get(id) ?? {
      texts: new Set<number>(),
      all: false
    };
    if (change.kind === 'text' && change.part !== undefined) {
      dirty.texts.add(change.part);
    } else {
      dirty.all = true;
    }
    this._dirty.set(id, dirty);
    this._changesDirty ||= change.kind === 'action' || change.kind === 'turn';
    if (!this._frame) {
      this._frame = requestAnimationFrame(() => this._draw());
    }
  }

  private _draw(): void {
    this._frame = 0;
    const thread = this._thread;
    const dirty = this._dirty;
    this._dirty = new Map();
    if (!thread || this.isDisposed) {
      return;
    }
    if (thread.turns.length > this._views.size) {
      this._addTurns(thread);
    }
    for (const [id, { texts, all }] of dirty) {
      const view = this._views.get(id);
      if (!view) {
        if (id === '') {
          this._updateUnended(thread);
        }
        continue;
      }
      if (all) {
        view.update();
      } else {
        texts.forEach(part => view.updateText(part));
      }
    }
    for (const turn of thread.turns) {
      // What a restoration has left to decide on belongs to other turns, and is told at the one that was restored to.
      if (turn.restoration?.turns.some(id => id !== turn.id && dirty.get(id)?.all)) {
        this._views.get(turn.id)?.update();
      }
    }
    this._showNotices();
    if (this._changesDirty) {
      this._changesDirty = false;
      this._tellLater(thread);
    }
  }

  /** Whether there is anything to go back over from a turn depends on the turns after it. */
  private _tellLater({ turns }: IThread): void {
    let later = false;
    for (let i = turns.length - 1; i >= 0; i--) {
      this._views.get(turns[i].id)?.setLater(later);
      later ||= hasChanges(turns[i]);
    }
  }

  private _addTurns(thread: IThread): void {
    for (const turn of thread.turns) {
      if (!this._views.has(turn.id)) {
        const view = new TurnView(this._around, thread, turn);
        this._views.set(turn.id, view);
        view.fill();
        this._list.append(view.node);
        // Whoever asks wants to see the answer.
        if (turn.pending) {
          this.toEnd();
        }
      }
    }
  }

  /** The connection came or went, which only turns in progress show. */
  private _updateUnended(thread: IThread): void {
    for (let i = thread.turns.length - 1; i >= 0 && i >= thread.turns.length - 3; i--) {
      this._views.get(thread.turns[i].id)?.update();
    }
  }

  private _showNotices(): void {
    const notices = this._thread?.notices ?? [];
    for (; this._notices < notices.length; this._notices++) {
      const { problem, level } = notices[this._notices];
      this._list.append(problemView(problem, level));
    }
  }

  private _cameNear(entries: IntersectionObserverEntry[]): void {
    for (const entry of entries) {
      if (!entry.isIntersecting) {
        continue;
      }
      this._near.unobserve(entry.target);
      const view = this._views.get((entry.target as HTMLElement).dataset.turn ?? '');
      if (view) {
        this._around.idle.add(
          { wanted: () => view.node.isConnected, run: () => view.fill() },
          true
        );
      }
    }
  }

  private _scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this._scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight < AT_END;
    if (atEnd) {
      this._stuck = true;
    } else if (scrollTop < this._top - 1) {
      // Only the reader scrolls up; a page that grows moves its end away without that.
      this._stuck = false;
    }
    this._top = scrollTop;
    this._latest.hidden = this._stuck;
    this.scrolled.emit(this._stuck ? null : scrollTop);
  }

  private _follow(): void {
    if (this._stuck) {
      this._scroller.scrollTop = this._scroller.scrollHeight;
      this._top = this._scroller.scrollTop;
    }
  }

  private _refreshNames(): void {
    if (this._namesTimer !== undefined || !this.isVisible) {
      return;
    }
    this._namesTimer = setTimeout(() => {
      this._namesTimer = undefined;
      for (const view of this._views.values()) {
        if (view.isFilled) {
          view.refreshNames();
        }
      }
    }, 250);
  }

  private _scroller: HTMLElement;
  private _list: HTMLElement;
  private _latest: HTMLButtonElement;
  private _near: IntersectionObserver;
  private _sizes: ResizeObserver;
  private _thread: IThread | null = null;
  private _views = new Map<string, TurnView>();
  private _dirty = new Map<string, { texts: Set<number>; all: boolean }>();
  private _changesDirty = false;
  private _frame = 0;
  private _stuck = true;
  private _top = 0;
  private _notices = 0;
  private _namesTimer: ReturnType<typeof setTimeout> | undefined;
}
