import type { YNotebook } from '@jupyter/ydoc';
import { OperationResult } from '../protocol';
import { CellOperation, ICellState, narrowest, planOperations, Step } from './operations';

/** The metadata key under which a cell of a turn is marked. */
export const MARK = 'townie';

/**
 * Apply cell operations to a shared notebook, all or none, and read back what is there afterwards.
 *
 * What the user undoes: a change of the structure is one step of the notebook's own undo; a replaced source is one step
 * of its cell's own undo; text that is appended while it streams is no step at all, because undoing the insertion takes
 * the whole cell back.
 */
export function applyOperations(
  notebook: YNotebook,
  operations: readonly CellOperation[]
): OperationResult[] {
  const named = new Set(operations.map(operation => operation.cell_id));
  const cells = notebook.cells.map(cell => stateOf(cell, named));
  const plan = planOperations(cells, operations);
  if (!plan.refused) {
    perform(
      notebook,
      plan.steps,
      operations.every(operation => operation.op === 'append')
    );
  }
  return operations.map((operation, index) => {
    const cell = notebook.cells.find(candidate => candidate.getId() === operation.cell_id);
    return {
      ok: !plan.refused,
      cell_id: operation.cell_id,
      source: cell?.getSource() ?? null,
      problem: plan.refused?.index === index ? plan.refused.problem : null
    };
  });
}

/** Of a cell that no operation names only the id matters; reading all sources takes long in a large notebook. */
function stateOf(cell: YNotebook['cells'][number], named: ReadonlySet<string>): ICellState {
  const id = cell.getId();
  const type = cell.cell_type as ICellState['type'];
  if (!named.has(id)) {
    return { id, type, source: '' };
  }
  return {
    id,
    type,
    source: cell.getSource(),
    locked: cell.getMetadata('editable') === false,
    pinned: cell.getMetadata('deletable') === false
  };
}

function perform(notebook: YNotebook, steps: readonly Step[], streamed: boolean): void {
  if (!steps.length) {
    return;
  }
  const structural = steps.some(step => step.kind !== 'source');
  const touched = steps
    .filter((step): step is Extract<Step, { kind: 'source' }> => step.kind === 'source')
    .map(step => notebook.cells.find(cell => cell.getId() === step.id)!);
  const run = () => {
    for (const step of steps) {
      performStep(notebook, step);
    }
  };
  if (structural) {
    // A step of its own: the user's changes of the last half second must not go away with it.
    notebook.undoManager.stopCapturing();
    notebook.transact(run);
    notebook.undoManager.stopCapturing();
  } else if (streamed) {
    notebook.transact(run, false);
  } else {
    const managers = new Set(touched.map(cell => cell.undoManager));
    const origin = {};
    for (const manager of managers) {
      manager?.stopCapturing();
      manager?.trackedOrigins.add(origin);
    }
    notebook.transact(run, false, origin);
    for (const manager of managers) {
      manager?.trackedOrigins.delete(origin);
      manager?.stopCapturing();
    }
  }
  notebook.dirty = true;
}

function performStep(notebook: YNotebook, step: Step): void {
  switch (step.kind) {
    case 'insert':
      notebook.insertCell(step.index, {
        id: step.id,
        cell_type: step.type,
        source: step.source,
        metadata: {
          // It has no outputs, so there is nothing to distrust; without this the whole notebook would lose its trust.
          ...(step.type === 'code' ? { trusted: true } : {}),
          ...(step.turn ? { [MARK]: { turn: step.turn, new: true } } : {})
        }
      });
      break;
    case 'delete':
      notebook.deleteCell(step.index);
      break;
    case 'source': {
      const cell = notebook.cells.find(candidate => candidate.getId() === step.id)!;
      const { start, end, text } = narrowest(cell.getSource(), step.source);
      cell.updateSource(start, end, text);
      break;
    }
  }
}
