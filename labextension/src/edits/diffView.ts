import type { Chunk } from '@codemirror/merge';
import type { StateEffect, Text } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { narrowest } from '../notebooks/operations';

export type DiffLayout = 'unified' | 'split';

/** One place where the proposal differs from the source. */
export interface IDiffChange {
  /** Lines of the source that would go. */
  readonly removed: number;
  /** Lines that would come. */
  readonly added: number;
}

/** Put `insert` in the place of what stands between two positions. */
export interface ITextChange {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** A source and a proposal, shown with what differs between them; the proposal can be edited. */
export interface IDiffView {
  readonly node: HTMLElement;
  /** The proposal as it is now: without what was rejected. */
  readonly proposal: string;
  /** What it is compared with: the source, and what was accepted of the proposal already. */
  readonly original: string;
  readonly changes: readonly IDiffChange[];
  /** The same as ranges of both texts. */
  readonly chunks: readonly Chunk[];
  /** The change at the cursor, or the next one after it. */
  readonly current: number;
  goTo(index: number): void;
  /** The first line of the source that is seen in what scrolls the view, from 1. */
  topLine(scroller: HTMLElement): number;
  /** Scroll so that a line of the source is the first that is seen. */
  showFromLine(line: number): void;
  /** Take a change for settled: it is shown as a difference no more. */
  accept(index: number): void;
  /** Put the source's own lines back. */
  reject(index: number): void;
  /** Take back what the user did last, or do it again; false when there is nothing. */
  undo(): boolean;
  redo(): boolean;
  set(original: string, proposal: string): void;
  /** Change what the proposal is compared with. */
  changeOriginal(change: ITextChange): void;
  /** While it is locked the user can neither edit the proposal nor settle any of its changes. */
  lock(locked: boolean): void;
  measure(): void;
  focus(): void;
  dispose(): void;
}

/** Counts the lines of chunks, again only of those that have become others. */
export class ChangeCount {
  of(chunks: readonly Chunk[], a: Text, b: Text): readonly IDiffChange[] {
    if (chunks !== this._chunks) {
      this._chunks = chunks;
      this._changes = chunks.map(chunk => this._count(chunk, a, b));
    }
    return this._changes;
  }

  private _count(chunk: Chunk, a: Text, b: Text): IDiffChange {
    // A chunk that was only moved up or down keeps its list of changes.
    let known = this._known.get(chunk.changes);
    if (!known) {
      known = changeOf(chunk, a, b);
      this._known.set(chunk.changes, known);
    }
    return known;
  }

  private _chunks: readonly Chunk[] | null = null;
  private _changes: readonly IDiffChange[] = [];
  private _known = new WeakMap<Chunk['changes'], IDiffChange>();
}

/** The lines of a chunk on both sides. */
export function changeOf(chunk: Chunk, a: Text, b: Text): IDiffChange {
  return {
    removed: linesOf(a, chunk.fromA, chunk.toA, chunk.endA),
    added: linesOf(b, chunk.fromB, chunk.toB, chunk.endB)
  };
}

function linesOf(doc: Text, from: number, to: number, end: number): number {
  return from === to
    ? 0
    : doc.lineAt(Math.min(end, doc.length)).number -
        doc.lineAt(Math.min(from, doc.length)).number +
        1;
}

/** The line of one text that stands where a line of the other does, from 1. */
export function lineBeside(
  chunks: readonly Chunk[],
  a: Text,
  b: Text,
  line: number,
  to: 'a' | 'b'
): number {
  let shift = 0;
  for (const chunk of chunks) {
    const { removed, added } = changeOf(chunk, a, b);
    const last =
      to === 'b'
        ? a.lineAt(Math.min(chunk.fromA, a.length)).number + removed
        : b.lineAt(Math.min(chunk.fromB, b.length)).number + added;
    if (last > line) {
      break;
    }
    shift += added - removed;
  }
  return line + (to === 'b' ? shift : -shift);
}

/** The chunk at the cursor, or the next one after it, or the last one. */
export function chunkAtCursor(view: EditorView, chunks: readonly Chunk[]): number {
  const { head } = view.state.selection.main;
  const index = chunks.findIndex(chunk => chunk.endB >= head);
  return index < 0 ? chunks.length - 1 : index;
}

/** Scrolls so that a change can be seen with some of the lines around its beginning. */
export function inView(position: number): StateEffect<unknown> {
  return EditorView.scrollIntoView(position, { y: 'nearest', yMargin: 80 });
}

/** Long stretches without a change are folded away, but for this much around the changes. */
export const FOLDED = { margin: 3, minSize: 6 };

const texts = new WeakMap<Text, string>();

/** The text of a document, put together from its lines only once: a long one takes some milliseconds. */
export function textOf(doc: Text): string {
  let text = texts.get(doc);
  if (text === undefined) {
    text = doc.toString();
    texts.set(doc, text);
  }
  return text;
}

/** A document was made equal to a text, which need not be put together again. */
export function knownText(doc: Text, text: string): void {
  if (!text.includes('\r')) {
    texts.set(doc, text);
  }
}

/** Make a document equal to a text with one narrow change, so that the cursor stays where it is. */
export function narrowChange(doc: Text, text: string): ITextChange | null {
  const before = textOf(doc);
  if (before === text) {
    return null;
  }
  const { start, end, text: insert } = narrowest(before, text);
  return { from: start, to: end, insert };
}
