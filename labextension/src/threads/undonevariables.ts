import type { TranslationBundle } from '@jupyterlab/translation';
import { CellsRan, NotebookSnapshot, UndoneVariable } from '../protocol';

/** What is left of the variables after a run: a cell that defines one and ran has brought it back. */
export function withoutRun(
  variables: readonly UndoneVariable[],
  { path, runs }: CellsRan
): readonly UndoneVariable[] {
  const ran = new Set(runs.filter(run => run.status === 'ok').map(run => run.cell_id));
  const left = variables.filter(
    variable => variable.path !== path || !variable.defined_by || !ran.has(variable.defined_by)
  );
  return left.length === variables.length ? variables : left;
}

/** The variables of one notebook, and the cells that bring them back. */
export interface IComeback {
  path: string;
  names: string[];
  /** The cells that define them. */
  cells: string[];
  /** Names that no remaining cell defines. */
  orphans: string[];
}

/** More names than this are only counted. */
const NAMED = 12;

/** Names as they are read out: "a, b and 4 more". */
export function listed(names: readonly string[], trans: TranslationBundle): string {
  if (names.length <= NAMED) {
    return names.join(', ');
  }
  const rest = String(names.length - NAMED + 1);
  return trans.__('%1 and %2 more', names.slice(0, NAMED - 1).join(', '), rest);
}

/** One entry for each notebook. */
export function comebacks(variables: readonly UndoneVariable[]): IComeback[] {
  const found = new Map<string, IComeback>();
  for (const { path, name, defined_by } of variables) {
    const entry = found.get(path) ?? { path, names: [], cells: [], orphans: [] };
    found.set(path, entry);
    if (!defined_by) {
      entry.orphans.push(name);
      continue;
    }
    entry.names.push(name);
    if (!entry.cells.includes(defined_by)) {
      entry.cells.push(defined_by);
    }
  }
  return Array.from(found.values());
}

/** The code cells among `cells` in the order of the notebook; with `below`, from the first of them to the end. */
export function inOrder(
  notebook: NotebookSnapshot,
  cells: readonly string[],
  below: boolean
): string[] {
  const code = notebook.cells.filter(cell => cell.cell_type === 'code').map(cell => cell.id);
  const first = code.findIndex(id => cells.includes(id));
  if (first < 0) {
    return [];
  }
  return code.slice(first).filter(id => below || cells.includes(id));
}
