import {
  AppendText,
  CellSnapshot,
  DeleteCell,
  InsertCell,
  OperationResult,
  ReplaceSource
} from '../protocol';

export type CellOperation = InsertCell | AppendText | ReplaceSource | DeleteCell;
export type CellType = CellSnapshot['cell_type'];

/** What planning needs to know of a cell. */
export interface ICellState {
  readonly id: string;
  readonly type: CellType;
  readonly source: string;
  /** Whether the notebook's author locked its source (`editable: false`). */
  readonly locked?: boolean;
  /** Whether the notebook's author forbade deleting it (`deletable: false`). */
  readonly pinned?: boolean;
}

/** One change of the list of cells; an index counts in the list as the steps before left it. */
export type Step =
  | {
      kind: 'insert';
      index: number;
      id: string;
      type: CellType;
      source: string;
      turn: string | null;
    }
  | { kind: 'delete'; index: number; id: string }
  | { kind: 'source'; id: string; source: string };

export interface IPlan {
  /** Empty when any operation is refused. */
  readonly steps: readonly Step[];
  /** The first refused operation and why, or null when all can be applied. */
  readonly refused: { index: number; problem: NonNullable<OperationResult['problem']> } | null;
}

/**
 * Work out what a list of operations does to a list of cells, without touching anything.
 *
 * Every operation sees what those before it did. All or none: with one refusal there are no steps. Inserting a cell
 * whose id exists already with the very same source is taken as a repetition after a lost answer, and does nothing.
 */
export function planOperations(
  cells: readonly ICellState[],
  operations: readonly CellOperation[]
): IPlan {
  const list = cells.map(cell => ({ ...cell }));
  const steps: Step[] = [];
  const inserted = new Map<string, Extract<Step, { kind: 'insert' }>>();
  const setSource = (cell: { id: string; source: string }, source: string) => {
    cell.source = source;
    const insertion = inserted.get(cell.id);
    if (insertion) {
      insertion.source = source;
      return;
    }
    const last = steps[steps.length - 1];
    if (last?.kind === 'source' && last.id === cell.id) {
      last.source = source;
    } else {
      steps.push({ kind: 'source', id: cell.id, source });
    }
  };
  const apply = (operation: CellOperation): OperationResult['problem'] => {
    const at = list.findIndex(cell => cell.id === operation.cell_id);
    const cell = list[at];
    switch (operation.op) {
      case 'insert': {
        const source = operation.source ?? '';
        const type = operation.cell_type ?? 'code';
        if (cell) {
          return cell.source === source && cell.type === type ? null : 'changed';
        }
        const index = insertionIndex(list, operation.after);
        if (index < 0) {
          return 'missing';
        }
        const step = {
          kind: 'insert' as const,
          index,
          id: operation.cell_id,
          type,
          source,
          turn: operation.turn ?? null
        };
        list.splice(index, 0, { id: step.id, type, source });
        inserted.set(step.id, step);
        steps.push(step);
        return null;
      }
      case 'append':
      case 'replace': {
        if (!cell) {
          return 'missing';
        }
        if (cell.locked) {
          return 'read_only';
        }
        if (cell.source !== operation.before) {
          return 'changed';
        }
        if ('text' in operation) {
          setSource(cell, cell.source + operation.text);
          return null;
        }
        const type = operation.cell_type ?? cell.type;
        if (type === cell.type) {
          setSource(cell, operation.after);
          return null;
        }
        if (cell.pinned) {
          return 'read_only';
        }
        inserted.delete(cell.id);
        list[at] = { id: cell.id, type, source: operation.after };
        steps.push(
          { kind: 'delete', index: at, id: cell.id },
          { kind: 'insert', index: at, id: cell.id, type, source: operation.after, turn: null }
        );
        return null;
      }
      case 'delete': {
        if (!cell) {
          return 'missing';
        }
        if (cell.pinned) {
          return 'read_only';
        }
        if (cell.source !== operation.before) {
          return 'changed';
        }
        inserted.delete(cell.id);
        list.splice(at, 1);
        steps.push({ kind: 'delete', index: at, id: cell.id });
        return null;
      }
      default:
        return 'missing';
    }
  };
  for (const [index, operation] of operations.entries()) {
    const problem = apply(operation);
    if (problem) {
      return { steps: [], refused: { index, problem } };
    }
  }
  return { steps, refused: null };
}

/** Where a cell goes: below `after`, at the top for the empty string, at the end for null; -1 when `after` is gone. */
function insertionIndex(cells: readonly ICellState[], after: string | null | undefined): number {
  if (after === null || after === undefined) {
    return cells.length;
  }
  if (after === '') {
    return 0;
  }
  const at = cells.findIndex(cell => cell.id === after);
  return at < 0 ? -1 : at + 1;
}

/** Characters that are compared at once. */
const BLOCK = 4096;

/** A single replacement that turns `before` into `after`, as narrow as common ends allow. */
export function narrowest(
  before: string,
  after: string
): { start: number; end: number; text: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  // Long texts are compared by blocks, which is many times as fast.
  while (
    start + BLOCK <= most &&
    before.slice(start, start + BLOCK) === after.slice(start, start + BLOCK)
  ) {
    start += BLOCK;
  }
  while (start < most && before.charCodeAt(start) === after.charCodeAt(start)) {
    start++;
  }
  let tail = 0;
  while (
    tail + BLOCK <= most - start &&
    before.slice(before.length - tail - BLOCK, before.length - tail) ===
      after.slice(after.length - tail - BLOCK, after.length - tail)
  ) {
    tail += BLOCK;
  }
  while (
    tail < most - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++;
  }
  // A replacement must not begin or end between the two halves of one character.
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) {
    start--;
  }
  if (tail > 0 && isLowSurrogate(before.charCodeAt(before.length - tail))) {
    tail--;
  }
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** A new cell's id: 8 hexadecimal digits, as the notebook format's own examples have them. */
export function newCellId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}
