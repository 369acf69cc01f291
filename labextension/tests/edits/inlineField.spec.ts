import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it } from 'vitest';
import { hideField, rangesOf, showField } from '../../src/edits/inlineField';

const views: EditorView[] = [];

// jsdom cannot measure text, which an editor that stays would do in the next frame.
afterEach(() => views.splice(0).forEach(view => view.destroy()));

function shownIn(doc: string, from: number, to: number): { view: EditorView; node: HTMLElement } {
  const view = new EditorView({ state: EditorState.create({ doc }), parent: document.body });
  views.push(view);
  const node = document.createElement('div');
  showField(view, node, [{ from, to }]);
  return { view, node };
}

describe('the field above a line', () => {
  it('is no part of the text', () => {
    const { view, node } = shownIn('a = 1\nb = 2', 6, 11);
    expect(view.dom.contains(node)).toBe(true);
    expect(view.state.doc.toString()).toBe('a = 1\nb = 2');
  });

  it('keeps its range when text is typed above it', () => {
    const { view, node } = shownIn('a = 1\nb = 2', 6, 11);
    view.dispatch({ changes: { from: 0, insert: 'import b\n' } });
    const [range] = rangesOf(view, node);
    expect(view.state.sliceDoc(range.from, range.to)).toBe('b = 2');
  });

  it('stands above the first of several places, and each of them moves with the text', () => {
    const { view, node } = shownIn('a = 1\nb = 2\nc = 3', 12, 17);
    showField(view, node, [
      { from: 12, to: 17 },
      { from: 2, to: 2 }
    ]);
    expect(view.dom.querySelector('.jp-TownieInline-line')?.textContent).toBe('a = 1');
    expect(node.nextElementSibling?.textContent).toBe('c = 3');
    view.dispatch({ changes: { from: 0, insert: 'import b\n' } });
    expect(rangesOf(view, node).map(({ from, to }) => view.state.sliceDoc(from, to))).toEqual([
      'c = 3',
      ''
    ]);
  });

  it('is gone without a trace once it is hidden, and can be shown again', () => {
    const { view, node } = shownIn('a = 1', 2, 2);
    hideField(view, node);
    expect([view.dom.contains(node), rangesOf(view, node)]).toEqual([false, []]);
    showField(view, node, [{ from: 0, to: 5 }]);
    expect(view.dom.contains(node)).toBe(true);
  });
});
