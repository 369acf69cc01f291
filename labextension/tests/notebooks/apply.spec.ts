import { YNotebook } from '@jupyter/ydoc';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyOperations } from '../../src/notebooks/apply';

let notebook: YNotebook;
const sources = () => notebook.cells.map(cell => cell.getSource());

beforeEach(() => {
  notebook = YNotebook.create({
    disableDocumentWideUndoRedo: true,
    data: {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: [
        {
          id: 'a',
          cell_type: 'code',
          source: 'x = 1',
          metadata: {},
          outputs: [],
          execution_count: 1
        },
        {
          id: 'b',
          cell_type: 'code',
          source: 'y = 2',
          metadata: {},
          outputs: [],
          execution_count: 2
        }
      ]
    }
  });
  notebook.undoManager.clear();
  notebook.cells.forEach(cell => cell.clearUndoHistory());
});

describe('applyOperations', () => {
  it('marks the cells of a turn, and only those', () => {
    applyOperations(notebook, [
      { op: 'insert', cell_id: 'n', after: 'a', source: 'z', turn: 't1' },
      { op: 'insert', cell_id: 'm', after: 'b', source: 'w' }
    ]);
    expect(notebook.cells.map(cell => cell.getMetadata('townie'))).toEqual([
      undefined,
      { turn: 't1', new: true },
      undefined,
      undefined
    ]);
  });

  it('tells what is there after a refusal, and leaves it', () => {
    const results = applyOperations(notebook, [
      { op: 'replace', cell_id: 'a', before: 'x = 1', after: 'x = 9' },
      { op: 'replace', cell_id: 'b', before: 'y = 0', after: 'y = 9' }
    ]);
    expect(results).toEqual([
      { ok: false, cell_id: 'a', source: 'x = 1', problem: null },
      { ok: false, cell_id: 'b', source: 'y = 2', problem: 'changed' }
    ]);
  });

  it('takes a streamed cell back in one undo, and gives it back whole in one redo', () => {
    applyOperations(notebook, [{ op: 'insert', cell_id: 'n', after: 'a', source: '', turn: 't' }]);
    applyOperations(notebook, [{ op: 'append', cell_id: 'n', before: '', text: 'one\n' }]);
    applyOperations(notebook, [{ op: 'append', cell_id: 'n', before: 'one\n', text: 'two' }]);
    notebook.undo();
    const undone = sources();
    notebook.redo();
    expect([undone, sources()]).toEqual([
      ['x = 1', 'y = 2'],
      ['x = 1', 'one\ntwo', 'y = 2']
    ]);
  });

  it('does not join its undo step with what the user did just before', () => {
    notebook.insertCell(2, { cell_type: 'code', source: 'mine', metadata: {} });
    applyOperations(notebook, [{ op: 'insert', cell_id: 'n', after: 'a', source: 'new' }]);
    notebook.undo();
    expect(sources()).toEqual(['x = 1', 'y = 2', 'mine']);
  });

  it("undoes a replaced source by its cell's own undo, keeping the user's earlier step", () => {
    const cell = notebook.cells[0];
    cell.updateSource(5, 5, '0');
    applyOperations(notebook, [{ op: 'replace', cell_id: 'a', before: 'x = 10', after: 'x = 5' }]);
    cell.undo();
    const once = cell.getSource();
    cell.undo();
    expect([once, cell.getSource()]).toEqual(['x = 10', 'x = 1']);
  });

  it('undoes the sources of two cells apart', () => {
    applyOperations(notebook, [
      { op: 'replace', cell_id: 'a', before: 'x = 1', after: 'x = 5' },
      { op: 'replace', cell_id: 'b', before: 'y = 2', after: 'y = 6' }
    ]);
    notebook.cells[1].undo();
    expect(sources()).toEqual(['x = 5', 'y = 2']);
  });

  it('makes one change event of several operations', () => {
    let events = 0;
    notebook.changed.connect((_, change) => {
      events += change.cellsChange ? 1 : 0;
    });
    applyOperations(notebook, [
      { op: 'insert', cell_id: 'n', after: 'a', source: '1' },
      { op: 'delete', cell_id: 'b', before: 'y = 2' }
    ]);
    expect([events, sources()]).toEqual([1, ['x = 1', '1']]);
  });

  it('works on a notebook of a format without cell ids', () => {
    const old = YNotebook.create({
      data: {
        nbformat: 4,
        nbformat_minor: 4,
        metadata: {},
        cells: [
          { cell_type: 'code', source: 'x', metadata: {}, outputs: [], execution_count: null }
        ]
      }
    });
    const cell_id = old.cells[0].getId();
    const [result] = applyOperations(old, [{ op: 'replace', cell_id, before: 'x', after: 'y' }]);
    expect([result.ok, old.toJSON().cells[0].source, 'id' in old.toJSON().cells[0]]).toEqual([
      true,
      'y',
      false
    ]);
  });
});
