import type * as merge from '@codemirror/merge';
import { ChangeSet, Compartment, EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { diffControl } from './diffControl';
import {
  ChangeCount,
  chunkAtCursor,
  IDiffChange,
  IDiffView,
  ITextChange,
  FOLDED,
  inView,
  lineBeside,
  narrowChange
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
  onSettled: () => void;
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
  }

  private _state(): EditorState {
    const { merge, diffConfig, collapse, original, proposal, labels, locked, onChanged } =
      this._options;
    return EditorState.create({
      doc: proposal,
      extensions: [
        this._pane.extensions,
        this._lock.of(EditorState.readOnly.of(locked)),
        merge.unifiedMergeView({
          original,
          diffConfig,
          collapseUnchanged: collapse ? FOLDED : undefined,
          gutter: true,
          highlightChanges: true,
          mergeControls: (type, action) => this._control(type, action)
        }),
        EditorView.contentAttributes.of({ 'aria-label': labels.proposal }),
        EditorView.updateListener.of(update => {
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
    return this._view.state.doc.toString();
  }

  get original(): string {
    return this._options.merge.getOriginalDoc(this._view.state).toString();
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

  set(original: string, proposal: string): void {
    const { merge } = this._options;
    const { state } = this._view;
    const before = merge.getOriginalDoc(state);
    const moved = narrowChange(before, original);
    const effects = moved
      ? merge.originalDocChangeEffect(state, ChangeSet.of(moved, before.length))
      : [];
    const changes = narrowChange(state.doc, proposal);
    if (changes || moved) {
      this._view.dispatch({ changes: changes ?? undefined, effects });
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
      onSettled();
    });
  }

  private _count = new ChangeCount();
  private _lock = new Compartment();
  private _pane: Pane;
  private _view!: EditorView;
}
