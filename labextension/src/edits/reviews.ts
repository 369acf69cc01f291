import type { Cell } from '@jupyterlab/cells';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { ICellHost } from '../notebooks/cellWatch';
import { EditAction } from '../protocol';
import { IAction, IThread, ITownie } from '../threads/tokens';
import type { DiffLayout } from './diffView';
import type { FileReviews } from './fileReviews';
import type { IPaneServices } from './pane';
import { Review } from './review';
import { IReviews } from './tokens';

interface IPlace {
  readonly cell: Cell;
  readonly host: ICellHost;
}

interface IWaiting {
  readonly thread: IThread;
  readonly action: IAction;
}

/** Shows a review in every cell for which a change waits for the user's decision. */
export class Reviews implements IReviews, IDisposable {
  constructor(
    townie: ITownie,
    private _services: IPaneServices,
    private _trans: TranslationBundle,
    private _onKey: (event: KeyboardEvent) => void
  ) {
    townie.changed.connect((_, { thread, change }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      if (action) {
        if (action.state === 'conflict') {
          this._conflicts.add(action.id);
        }
        this._see(thread, action);
      } else if (change.kind === 'turn' || change.kind === 'connection') {
        this._seeAll(thread);
      }
    }, this);
    townie.threads.forEach(thread => this._seeAll(thread));
  }

  /** The reviews of files. */
  files: FileReviews | null = null;

  /** How new reviews are laid out; those that are shown follow. */
  get layout(): DiffLayout {
    return this._layout;
  }
  set layout(layout: DiffLayout) {
    this._layout = layout;
    this._shown.forEach(reviews => reviews.forEach(review => review.setDiffLayout(layout)));
    if (this.files) {
      this.files.layout = layout;
    }
  }

  meet(cell: Cell, host: ICellHost): IDisposable | void {
    if (!(host.widget instanceof NotebookPanel)) {
      return;
    }
    const place: IPlace = { cell, host };
    this._places.add(place);
    this._showLatest(place);
    const notebook = host.widget.content;
    const onMode = () => {
      // Enter in a cell whose editor is covered means that the user wants to type.
      const review = this.of(cell);
      if (
        review &&
        notebook.mode === 'edit' &&
        notebook.activeCell === cell &&
        !review.isSourceShown
      ) {
        review.showSource(true);
        cell.editor?.focus();
      }
    };
    notebook.stateChanged.connect(onMode);
    return new DisposableDelegate(() => {
      notebook.stateChanged.disconnect(onMode);
      this._places.delete(place);
      for (const reviews of this._shown.values()) {
        const review = reviews.get(cell);
        reviews.delete(cell);
        review?.dispose();
      }
    });
  }

  accept(thread: IThread, action: string, run: boolean): void {
    const known = thread.action(action);
    if (this.files && known?.body.kind === 'edit' && !known.body.cell_id) {
      void this.files.accept(thread, action);
      return;
    }
    const review = this._first(action);
    const decision = run ? 'accept_and_run' : 'accept';
    if (!known || !review || known.body.kind !== 'edit') {
      thread.decide(action, decision);
      return;
    }
    const text = review.proposal === known.body.after ? undefined : review.proposal;
    const moved = review.source !== known.body.before;
    if (moved || text !== undefined) {
      // What was reviewed is the difference to the source as it is now.
      thread.decide(action, decision, review.proposal, '', moved ? review.source : undefined);
    } else {
      thread.decide(action, decision);
    }
  }

  async openFile(thread: IThread, action: string, activate = true): Promise<boolean> {
    return (await this.files?.open(thread, action, activate)) ?? false;
  }

  focus(action: string): boolean {
    const review = this._first(action);
    if (!review) {
      return false;
    }
    review.node.scrollIntoView({ block: 'nearest' });
    review.activate();
    return true;
  }

  /** The review that is shown in a cell. */
  of(cell: Cell): Review | undefined {
    for (const reviews of this._shown.values()) {
      const review = reviews.get(cell);
      if (review) {
        return review;
      }
    }
    return undefined;
  }

  /** The review that has the focus. */
  get focused(): Review | undefined {
    for (const reviews of this._shown.values()) {
      for (const review of reviews.values()) {
        if (review.node.contains(document.activeElement)) {
          return review;
        }
      }
    }
    return undefined;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._shown.forEach(reviews => reviews.forEach(review => review.dispose()));
    this._shown.clear();
    Signal.clearData(this);
  }

  private _seeAll(thread: IThread): void {
    for (const turn of thread.turns) {
      for (const action of turn.actions) {
        this._see(thread, action);
      }
    }
  }

  private _see(thread: IThread, action: IAction): void {
    if (action.body.kind !== 'edit' || !action.body.cell_id) {
      return;
    }
    // The user's text was kept: the change is a proposal again. One of an old log has been seen before.
    const waits =
      action.state === 'waiting' || (action.state === 'conflict' && this._conflicts.has(action.id));
    if (waits) {
      this._waiting.set(action.id, { thread, action });
    } else if (this._waiting.delete(action.id)) {
      this._shown.get(action.id)?.forEach(review => review.dispose());
      this._shown.delete(action.id);
    } else {
      return;
    }
    for (const place of this._places) {
      if (!place.cell.isDisposed && place.cell.model.id === action.body.cell_id) {
        this._showLatest(place);
      }
    }
  }

  /** Of several proposals for one cell the latest is shown; the others come when it is decided. */
  private _showLatest(place: IPlace): void {
    const { cell, host } = place;
    let latest: IWaiting | null = null;
    for (const waiting of this._waiting.values()) {
      const body = waiting.action.body as EditAction;
      if (
        cell.model.id === body.cell_id &&
        host.isAt(body.path) &&
        (!latest || timeOf(waiting) >= timeOf(latest))
      ) {
        latest = waiting;
      }
    }
    for (const [id, reviews] of this._shown) {
      if (id !== latest?.action.id) {
        reviews.get(cell)?.dispose();
        reviews.delete(cell);
      }
    }
    if (latest) {
      this._show(latest, cell);
    }
  }

  private _show({ thread, action }: IWaiting, cell: Cell): void {
    const body = action.body as EditAction;
    let reviews = this._shown.get(action.id);
    if (!reviews) {
      this._shown.set(action.id, (reviews = new Map()));
    }
    if (reviews.has(cell)) {
      return;
    }
    const started = thread.turn(action.turn)?.started;
    const review = new Review({
      cell,
      body,
      layout: this._layout,
      inline: started?.purpose === 'edit',
      bare: started?.purpose === 'fix' && started.binding.cell_id === body.cell_id,
      services: this._services,
      trans: this._trans,
      onKey: this._onKey
    });
    review.decided.connect((_, choice) => {
      if (choice === 'reject') {
        thread.decide(action.id, 'reject');
      } else {
        this.accept(thread, action.id, choice === 'accept_and_run');
      }
    });
    reviews.set(cell, review);
  }

  private _first(action: string): Review | undefined {
    const reviews = Array.from(this._shown.get(action)?.values() ?? []);
    // Two views of one notebook have a review each; the one that is used is meant.
    return reviews.find(review => review.node.contains(document.activeElement)) ?? reviews[0];
  }

  private _layout: DiffLayout = 'unified';
  private _places = new Set<IPlace>();
  private _waiting = new Map<string, IWaiting>();
  private _shown = new Map<string, Map<Cell, Review>>();
  private _conflicts = new Set<string>();
  private _isDisposed = false;
}

function timeOf({ thread, action }: IWaiting): number {
  return thread.turn(action.turn)?.started.time ?? 0;
}
