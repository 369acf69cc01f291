import { describe, expect, it } from 'vitest';
import { CellsRan, NotebookSnapshot, UndoneVariable } from '../../src/protocol';
import { Thread } from '../../src/threads/thread';
import { comebacks, inOrder } from '../../src/threads/undonevariables';
import { log, started } from './events';

const variables: UndoneVariable[] = [
  { name: 'df', path: 'n.ipynb', cell_id: 'gone', defined_by: 'c2' },
  { name: 'x', path: 'n.ipynb', cell_id: 'gone', defined_by: null }
];

function ran(
  cell: string,
  status: 'ok' | 'error',
  path = 'n.ipynb'
): Omit<CellsRan, 'seq' | 'time'> {
  return { type: 'cells_ran', turn: 't1', path, runs: [{ cell_id: cell, status }] };
}

function namesAfter(...events: Omit<CellsRan, 'seq' | 'time'>[]): string[] {
  const thread = new Thread('th', () => undefined);
  thread.load(log(started(), { type: 'undone', turn: 't1', actions: [], variables }, ...events));
  return thread.turns[0].variables.map(variable => variable.name);
}

describe('variables of undone cells', () => {
  it('are told until the cell that defines them has run', () => {
    expect(namesAfter()).toEqual(['df', 'x']);
    expect(namesAfter(ran('c2', 'ok'))).toEqual(['x']);
  });

  it('are still told when that cell failed, or another one ran', () => {
    expect(namesAfter(ran('c2', 'error'), ran('c1', 'ok'), ran('c2', 'ok', 'o.ipynb'))).toEqual([
      'df',
      'x'
    ]);
  });

  it('are gathered by notebook, those without a cell apart', () => {
    expect(comebacks(variables)).toEqual([
      { path: 'n.ipynb', names: ['df'], cells: ['c2'], orphans: ['x'] }
    ]);
  });

  it('come back by code cells in the order of the notebook', () => {
    const notebook: NotebookSnapshot = {
      path: 'n.ipynb',
      cells: [
        { id: 'c1', cell_type: 'code', source: '' },
        { id: 'c2', cell_type: 'code', source: '' },
        { id: 'm', cell_type: 'markdown', source: '' },
        { id: 'c3', cell_type: 'code', source: '' },
        { id: 'c4', cell_type: 'code', source: '' }
      ]
    };
    expect(inOrder(notebook, ['c3', 'c2'], false)).toEqual(['c2', 'c3']);
    expect(inOrder(notebook, ['c3', 'c2'], true)).toEqual(['c2', 'c3', 'c4']);
    expect(inOrder(notebook, ['gone'], true)).toEqual([]);
  });
});

describe('a restoration', () => {
  it('gathers what the turns on its way left at the turn that it goes back to', () => {
    const thread = new Thread('th', () => undefined);
    thread.load(
      log(
        started('t1'),
        started('t2'),
        { type: 'undone', turn: 't2', actions: [], variables },
        { type: 'restored', turn: 't1', turns: ['t2'], variables }
      )
    );
    const [first, second] = thread.turns;
    expect([first.variables, second.variables]).toEqual([variables, []]);
    expect(second.restoredTo).toBe('t1');
    expect(first.restoration?.turns).toEqual(['t2']);
  });
});
