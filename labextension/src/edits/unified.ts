import type * as merge from '@codemirror/merge';
import { ChangeSet, Compartment, EditorState, Transaction } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { ClosingLine } from './closingLine';
import { diffControl } from './diffControl';
import { DiffUndo, notByUser } from './diffUndo';
import {
  ChangeCount,
  chunkAtCursor,
  IDiffChange,
  IDiffView,
  ITextChange,
  FOLDED,
  inView,
  knownText,
  lineBeside,
  narrowChange,
  textOf
} from './diffView';
import { IPaneOptions, Pane } from './pane';
import { showFromLine, topLine } from './topLine';

export interface IDiffOptions extends IPaneOptions {
  merge: typeof merge;
  diffConfig: merge.DiffConfig;
  /** Whether long stretches without a change are folded away. */
  collapse: boolean;
  /** Whether no line is wrapped, so that all have the same height. */
  evenLines: boolean;
  original: string;
  proposal: string;
  /** Whether it is shown only, for now. */
  locked: boolean;
  /** Called after anything that is shown has changed. */
  onChanged: () => void;
  /** Called when the user settled a change in the view itself. */
  onSettled: (how: 'accept' | 'reject') => void;
  /** Names for people who do not see the colours. */
  labels: { proposal: string; original: string; accept: string; reject: string };
}

/** The proposal as one text, with the lines that would go shown above those that would come. */
export class UnifiedDiff implements IDiffView {
  /** Make a view; `pause` is waited for between steps that take long where the text is long. */
  static async make(options: IDiffOptions, pause: () => Promise<void>): Promise<UnifiedDiff> {
    const diff = new UnifiedDiff(options);
    await pause();
    const state = diff._state();
    await pause();
    diff._view = new EditorView({ state });
    diff._pane.shownIn(diff._view);
    return diff;
  }

  private constructor(private _options: IDiffOptions) {
    this._pane = new Pane(_options.proposal, _options);
    this._closing = new ClosingLine(_options.original, _options.proposal);
  }

  private _state(): EditorState {
    const { merge, diffConfig, collapse, original, proposal, labels, locked, onChanged } =
      this._options;
    return EditorState.create({
      doc: this._closing.close(proposal),
      extensions: [
        this._pane.extensions,
        this._closing.extension,
        this._undo.extension,
        this._lock.of(EditorState.readOnly.of(locked)),
        merge.unifiedMergeView({
          original: this._closing.close(original),
          diffConfig,
          collapseUnchanged: collapse ? FOLDED : undefined,
          gutter: true,
          highlightChanges: true,
          mergeControls: (type, action) => this._control(type, action)
        }),
        EditorView.contentAttributes.of({ 'aria-label': labels.proposal }),
        EditorView.updateListener.of(update => {
          update.transactions.forEach(transaction => this._rememberAccepted(transaction));
          if (update.docChanged || update.selectionSet || update.transactions.length) {
            onChanged();
          }
        })
      ]
    });
  }

  get node(): HTMLElement {
    return this._view.dom;
  }

  get proposal(): string {
    return this._closing.open(textOf(this._view.state.doc));
  }

  get original(): string {
    return this._closing.open(textOf(this._options.merge.getOriginalDoc(this._view.state)));
  }

  get changes(): readonly IDiffChange[] {
    const { state } = this._view;
    const original = this._options.merge.getOriginalDoc(state);
    return this._count.of(this.chunks, original, state.doc);
  }

  get chunks(): readonly merge.Chunk[] {
    return this._options.merge.getChunks(this._view.state)?.chunks ?? [];
  }

  get current(): number {
    return chunkAtCursor(this._view, this.chunks);
  }

  goTo(index: number): void {
    const chunk = this.chunks[index];
    if (chunk) {
      const anchor = Math.min(chunk.fromB, this._view.state.doc.length);
      this._view.dispatch({ selection: { anchor }, effects: inView(anchor) });
    }
  }

  topLine(scroller: HTMLElement): number {
    const { state } = this._view;
    const original = this._options.merge.getOriginalDoc(state);
    const line = topLine(this._view, scroller);
    return lineBeside(this.chunks, original, state.doc, line, 'a');
  }

  showFromLine(line: number): void {
    const { state } = this._view;
    const original = this._options.merge.getOriginalDoc(state);
    showFromLine(this._view, lineBeside(this.chunks, original, state.doc, line, 'b'));
  }

  accept(index: number): void {
    const chunk = this.chunks[index];
    if (chunk) {
      this._options.merge.acceptChunk(this._view, chunk.fromB);
    }
  }

  reject(index: number): void {
    const chunk = this.chunks[index];
    if (chunk) {
      this._options.merge.rejectChunk(this._view, chunk.fromB);
    }
  }

  changeOriginal(change: ITextChange): void {
    const { state } = this._view;
    const { merge } = this._options;
    const changes = ChangeSet.of(change, merge.getOriginalDoc(state).length);
    this._view.dispatch({ effects: merge.originalDocChangeEffect(state, changes) });
  }

  undo(): boolean {
    return this._undo.undo();
  }

  redo(): boolean {
    return this._undo.redo();
  }

  set(original: string, proposal: string): void {
    const { merge } = this._options;
    const { state } = this._view;
    const before = merge.getOriginalDoc(state);
    const [closedOriginal, closedProposal] = [original, proposal].map(text =>
      this._closing.close(text)
    );
    const moved = narrowChange(before, closedOriginal);
    const effects = moved
      ? merge.originalDocChangeEffect(state, ChangeSet.of(moved, before.length))
      : [];
    const changes = narrowChange(state.doc, closedProposal);
    if (changes || moved) {
      this._view.dispatch({ changes: changes ?? undefined, effects, annotations: notByUser });
      this._undo.forget(this._view);
      knownText(this._view.state.doc, closedProposal);
      knownText(merge.getOriginalDoc(this._view.state), closedOriginal);
    }
  }

  lock(locked: boolean): void {
    this._view.dispatch({
      effects: this._lock.reconfigure(EditorState.readOnly.of(locked))
    });
  }

  measure(): void {
    this._view.requestMeasure();
  }

  focus(): void {
    this._view.focus();
  }

  dispose(): void {
    this._view.destroy();
    this._pane.dispose();
  }

  private _control(type: 'accept' | 'reject', action: (event: MouseEvent) => void): HTMLElement {
    const { labels, onSettled } = this._options;
    return diffControl(type, labels[type], event => {
      action(event);
      onSettled(type);
    });
  }

  /** What is accepted changes the original, of which the view has no history. */
  private _rememberAccepted(transaction: Transaction): void {
    const { merge } = this._options;
    const effect = transaction.effects.find(one => one.is(merge.updateOriginalDoc));
    if (!effect || !transaction.isUserEvent('accept')) {
      return;
    }
    const forth: ChangeSet = effect.value.changes;
    const back = forth.invert(merge.getOriginalDoc(transaction.startState));
    const change = (changes: ChangeSet) => () =>
      this._view.dispatch({
        effects: merge.originalDocChangeEffect(this._view.state, changes)
      });
    this._undo.add({ undo: change(back), redo: change(forth) });
  }

  private _undo = new DiffUndo();
  private _count = new ChangeCount();
  private _lock = new Compartment();
  private _pane: Pane;
  private _closing: ClosingLine;
  private _view!: EditorView;
}
