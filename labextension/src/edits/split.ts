import type * as merge from '@codemirror/merge';
import { ChangeSet, Compartment, EditorState } from '@codemirror/state';
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
  narrowChange,
  textOf
} from './diffView';
import { Pane } from './pane';
import { showFromLine, topLine } from './topLine';
import { IDiffOptions } from './unified';

/** How `MergeView` keeps both sides level. */
export interface IAligning {
  measure(): void;
  updateRevertButtons(): void;
}

/** The source at the left, the proposal at the right. */
export class SplitDiff implements IDiffView {
  /** Make a view; `pause` is waited for between steps that take long where the text is long. */
  static async make(options: IDiffOptions, pause: () => Promise<void>): Promise<SplitDiff> {
    const source = new Pane(options.original, options);
    await pause();
    const proposal = new Pane(options.proposal, options);
    await pause();
    return new SplitDiff(source, proposal, options);
  }

  private constructor(
    private _source: Pane,
    private _proposal: Pane,
    options: IDiffOptions
  ) {
    const { original, proposal, labels, locked, onChanged, onSettled, diffConfig, collapse } =
      options;
    this._closing = new ClosingLine(original, proposal);
    this._view = new options.merge.MergeView({
      a: {
        doc: this._closing.close(original),
        extensions: [
          this._source.extensions,
          this._closing.extension,
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.contentAttributes.of({ 'aria-label': labels.original })
        ]
      },
      b: {
        doc: this._closing.close(proposal),
        extensions: [
          this._proposal.extensions,
          this._closing.extension,
          this._undo.extension,
          this._lock.of(EditorState.readOnly.of(locked)),
          EditorView.contentAttributes.of({ 'aria-label': labels.proposal }),
          EditorView.updateListener.of(() => onChanged())
        ]
      },
      revertControls: 'a-to-b',
      renderRevertControl: () => {
        // The library places it, and says at which change it is.
        const controls = document.createElement('div');
        controls.className = 'jp-TownieDiff-controls';
        const control = (how: 'accept' | 'reject') =>
          diffControl(how, labels[how], () => {
            this[how](Number(controls.dataset.chunk));
            onSettled(how);
          });
        controls.append(control('accept'), control('reject'));
        return controls;
      },
      diffConfig,
      collapseUnchanged: collapse ? FOLDED : undefined,
      gutter: true
    });
    if (options.evenLines) {
      this._alignWhereNeeded();
    }
    this._source.shownIn(this._view.a);
    this._proposal.shownIn(this._view.b);
  }

  get node(): HTMLElement {
    return this._view.dom;
  }

  get proposal(): string {
    return this._closing.open(textOf(this._view.b.state.doc));
  }

  get original(): string {
    return this._closing.open(textOf(this._view.a.state.doc));
  }

  get changes(): readonly IDiffChange[] {
    const { a, b, chunks } = this._view;
    return this._count.of(chunks, a.state.doc, b.state.doc);
  }

  get chunks(): readonly merge.Chunk[] {
    return this._view.chunks;
  }

  get current(): number {
    return chunkAtCursor(this._view.b, this._view.chunks);
  }

  goTo(index: number): void {
    const chunk = this._view.chunks[index];
    if (chunk) {
      const anchor = Math.min(chunk.fromB, this._view.b.state.doc.length);
      this._view.b.dispatch({ selection: { anchor }, effects: inView(anchor) });
    }
  }

  topLine(scroller: HTMLElement): number {
    return topLine(this._view.a, scroller);
  }

  showFromLine(line: number): void {
    showFromLine(this._view.a, line);
  }

  accept(index: number): void {
    this._copy(index, 'accept');
  }

  reject(index: number): void {
    this._copy(index, 'reject');
  }

  changeOriginal(change: ITextChange): void {
    this._view.a.dispatch({ changes: change });
  }

  undo(): boolean {
    return this._undo.undo();
  }

  redo(): boolean {
    return this._undo.redo();
  }

  set(original: string, proposal: string): void {
    const { a, b } = this._view;
    const texts: [EditorView, string][] = [
      [a, this._closing.close(original)],
      [b, this._closing.close(proposal)]
    ];
    for (const [view, text] of texts) {
      const changes = narrowChange(view.state.doc, text);
      if (changes) {
        view.dispatch({ changes, annotations: notByUser });
        this._undo.forget(b);
        knownText(view.state.doc, text);
      }
    }
  }

  lock(locked: boolean): void {
    this._view.b.dispatch({
      effects: this._lock.reconfigure(EditorState.readOnly.of(locked))
    });
  }

  measure(): void {
    this._view.a.requestMeasure();
    this._view.b.requestMeasure();
  }

  focus(): void {
    this._view.b.focus();
  }

  dispose(): void {
    this._view.destroy();
    this._source.dispose();
    this._proposal.dispose();
  }

  /**
   * Where all lines have the same height, and each change has as many lines on both sides, there is nothing to align. The
   * library would look up the height of the lines around every change to find this out, whenever it draws other lines. These
   * are parts of it that it does not promise; a test tells when they are gone, and then it aligns always.
   */
  private _alignWhereNeeded(): void {
    const view = this._view as unknown as Partial<IAligning>;
    if (!view.measure || !view.updateRevertButtons) {
      return;
    }
    const align = view.measure.bind(view);
    const placeButtons = view.updateRevertButtons.bind(view);
    let aligned = false;
    view.measure = () => {
      const uneven = this.changes.some(({ removed, added }) => removed !== added);
      if (uneven || aligned) {
        align();
      } else {
        placeButtons();
      }
      aligned = uneven;
    };
  }

  /** Make one side of a change like the other. */
  private _copy(index: number, how: 'accept' | 'reject'): void {
    const chunk = this._view.chunks[index];
    if (!chunk) {
      return;
    }
    const { a, b } = this._view;
    const sideA = { view: a, from: chunk.fromA, to: chunk.toA };
    const sideB = { view: b, from: chunk.fromB, to: chunk.toB };
    const [source, target] = how === 'accept' ? [sideB, sideA] : [sideA, sideB];
    const length = target.view.state.doc.length;
    // A chunk ends after the line end of its last line, which the last line of a text does not have.
    let insert = source.view.state.sliceDoc(source.from, Math.max(source.from, source.to - 1));
    if (source.from !== source.to && target.to <= length) {
      insert += '\n';
    }
    const before = target.view.state.doc;
    const forth = ChangeSet.of(
      { from: Math.min(target.from, length), to: Math.min(target.to, length), insert },
      length
    );
    target.view.dispatch({ changes: forth });
    if (how === 'accept') {
      const back = forth.invert(before);
      this._undo.add({
        undo: () => a.dispatch({ changes: back }),
        redo: () => a.dispatch({ changes: forth })
      });
    }
  }

  private _closing: ClosingLine;
  private _undo = new DiffUndo();
  private _count = new ChangeCount();
  private _lock = new Compartment();
  private _view: merge.MergeView;
}
