import * as merge from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { describe, expect, it } from 'vitest';
import { ClosingLine } from '../../src/edits/closingLine';
import { changeOf } from '../../src/edits/diffView';
import { lineDiff } from '../../src/edits/lineDiff';

function shown(original: string, proposal: string) {
  const closing = new ClosingLine(original, proposal);
  const view = new EditorView({
    state: EditorState.create({
      doc: closing.close(proposal),
      extensions: [
        closing.extension,
        merge.unifiedMergeView({
          original: closing.close(original),
          diffConfig: lineDiff(merge)
        })
      ]
    })
  });
  const chunks = () => merge.getChunks(view.state)!.chunks;
  return {
    view,
    chunks,
    proposal: () => closing.open(view.state.doc.toString()),
    original: () => closing.open(merge.getOriginalDoc(view.state).toString()),
    changes: () =>
      chunks().map(chunk => changeOf(chunk, merge.getOriginalDoc(view.state), view.state.doc))
  };
}

describe('the line end behind both texts of a difference', () => {
  it.each([
    ['a\nb', 'a\nb\nc', [{ removed: 0, added: 1 }]],
    ['a\nb\nc', 'a\nb', [{ removed: 1, added: 0 }]],
    [
      'a\nb',
      'x\nb\nc',
      [
        { removed: 1, added: 1 },
        { removed: 0, added: 1 }
      ]
    ],
    ['', 'a\nb', [{ removed: 0, added: 2 }]],
    ['a\nb', '', [{ removed: 2, added: 0 }]],
    ['a\n', 'a\nb\n', [{ removed: 0, added: 1 }]],
    ['a', 'a\n', [{ removed: 0, added: 1 }]]
  ])(
    'leaves the last line out of what comes or goes below it: %j, %j',
    (before, after, changes) => {
      expect(shown(before, after).changes()).toEqual(changes);
    }
  );

  it.each([
    ['a\nb', 'a\nb\nc'],
    ['a\nb\nc', 'a\nb'],
    ['', 'a'],
    ['a\nb', ''],
    ['a', 'b\n'],
    ['a\n', 'a\nb\n']
  ])('is in neither text when a change is accepted or rejected: %j, %j', (before, after) => {
    const accepted = shown(before, after);
    merge.acceptChunk(accepted.view, accepted.chunks()[0].fromB);
    expect([accepted.original(), accepted.proposal()]).toEqual([after, after]);
    const rejected = shown(before, after);
    merge.rejectChunk(rejected.view, rejected.chunks()[0].fromB);
    expect([rejected.original(), rejected.proposal()]).toEqual([before, before]);
  });

  it('stays when it is deleted, and what is typed at the end goes before it', () => {
    const { view, proposal } = shown('a', 'b');
    view.dispatch({ changes: { from: 1, to: 2 } });
    expect(proposal()).toBe('b');
    view.dispatch({ changes: { from: 0, to: view.state.doc.length } });
    expect(proposal()).toBe('');
    view.dispatch(view.state.replaceSelection('c\nd'));
    view.dispatch({ selection: { anchor: view.state.doc.length } });
    view.dispatch(view.state.replaceSelection('e'));
    expect(proposal()).toBe('c\nde');
  });
});
