import { EditorView } from '@codemirror/view';

/** The first line of a text that is seen in what scrolls it, from 1. */
export function topLine(view: EditorView, scroller: HTMLElement): number {
  const { top } = scroller.getBoundingClientRect();
  const { from } = view.lineBlockAtHeight(Math.max(0, top - view.documentTop));
  return view.state.doc.lineAt(from).number;
}

/** Scroll so that a line, from 1, is the first that is seen, as far as the text is long enough. */
export function showFromLine(view: EditorView, line: number): void {
  const { doc } = view.state;
  const { from } = doc.line(Math.min(Math.max(1, line), doc.lines));
  view.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'start', yMargin: 0 }) });
}
