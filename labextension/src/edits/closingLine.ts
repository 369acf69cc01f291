import { EditorState, Extension, RangeSet, Transaction } from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';

const CLASS = 'jp-TownieDiff-closing';

/**
 * The line end that both texts of a difference get behind their last line, where one of them has none.
 *
 * `@codemirror/merge` knows no place behind the last line of a text: lines that come or go there would be shown, and decided
 * on, together with the unchanged line above them. With a line end behind each line there is such a place, as in a file. The
 * empty line below is not reached by the cursor, and not shown either where there is one text.
 */
export class ClosingLine {
  constructor(original: string, proposal: string) {
    this._end = original.endsWith('\n') && proposal.endsWith('\n') ? '' : '\n';
    this.extension = this._end ? [shownClosed, keptClosed] : [];
  }

  /** Goes into the view of each closed text. */
  readonly extension: Extension;

  /** A text as it is shown; an empty one has no line that could have an end. */
  close(text: string): string {
    return text && text + this._end;
  }

  /** The text of which another one is shown. */
  open(shown: string): string {
    return this._end && shown.endsWith('\n') ? shown.slice(0, -1) : shown;
  }

  private _end: string;
}

const hidden = Decoration.line({ class: CLASS });
const inGutter = new (class extends GutterMarker {
  override elementClass = CLASS;
})();

const shownClosed: Extension = [
  EditorView.decorations.compute(['doc'], ({ doc }) =>
    doc.length ? Decoration.set(hidden.range(doc.length)) : Decoration.none
  ),
  gutterLineClass.compute(['doc'], ({ doc }) =>
    doc.length ? RangeSet.of(inGutter.range(doc.length)) : RangeSet.empty
  )
];

/** Whatever is done to the text: it ends with a line end, and the cursor stays before that. */
const keptClosed = EditorState.transactionFilter.of((transaction: Transaction) => {
  const { newDoc, newSelection } = transaction;
  const isClosed = newDoc.line(newDoc.lines).length === 0;
  const last = isClosed ? Math.max(0, newDoc.length - 1) : newDoc.length;
  const isBefore = newSelection.ranges.every(({ to }) => to <= last);
  if (isClosed && isBefore) {
    return transaction;
  }
  const { anchor, head } = newSelection.main;
  return [
    transaction,
    {
      changes: isClosed ? [] : { from: newDoc.length, insert: '\n' },
      selection: isBefore
        ? undefined
        : { anchor: Math.min(anchor, last), head: Math.min(head, last) },
      sequential: true
    }
  ];
});
