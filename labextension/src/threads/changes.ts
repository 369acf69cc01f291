import { IAction, IThread, ITurn } from './tokens';

/** What one turn did or proposes to do to one cell or file. */
export interface IChange {
  readonly path: string;
  /** Null when `path` is a file. */
  readonly cellId: string | null;
  readonly effect: 'new' | 'changed' | 'deleted';
  /** Of what is still to be decided, if anything is; else of what was done. */
  readonly state: IAction['state'];
  /** The action that `state` is that of. */
  readonly action: IAction;
  /** The texts from before the first to after the last of the actions that count. */
  readonly before: string;
  readonly after: string;
  /** Lines; null when several changes of one text have to be compared first. */
  readonly counts: ICounts | null;
}

export interface ICounts {
  readonly added: number;
  readonly removed: number;
}

/** Whether an action changes a document. */
export function changesDocument({ body }: IAction): boolean {
  return body.kind === 'insert_cell' || body.kind === 'edit' || body.kind === 'delete_cell';
}

/** Whether an action is the proposal of an undo, which belongs to what the undo did. */
export function takesBack({ body }: IAction): boolean {
  return body.kind === 'edit' && (body.takes_back?.length ?? 0) > 0;
}

/** Whether the user still has to decide about a change, so that it can be accepted or rejected with others. */
export function isWaiting(action: IAction): boolean {
  return action.state === 'waiting' && changesDocument(action);
}

/** Whether something is still to come of an action: the user's decision, their opening of its document, or its end. */
export function isUnsettled({ state }: IAction): boolean {
  return UNSETTLED.includes(state);
}

const UNSETTLED: readonly IAction['state'][] = ['waiting', 'conflict', 'held', 'failed', 'running'];

/** The documents that a turn changed or wants to change, in the order in which the answer names them. */
export function changesOf(turn: ITurn): IChange[] {
  const byDocument = new Map<string, IAction[]>();
  for (const action of asAnswered(turn.actions)) {
    const { body } = action;
    if (!changesDocument(action) || action.state === 'streaming' || takesBack(action)) {
      continue;
    }
    const cell = 'cell_id' in body ? (body.cell_id ?? '') : '';
    const key = `${body.path}\n${cell}`;
    byDocument.set(key, [...(byDocument.get(key) ?? []), action]);
  }
  return Array.from(byDocument.values(), changeOf);
}

/** New cells are made while the answer is written, and other changes after it: the parts of the answer tell the order. */
function asAnswered(actions: readonly IAction[]): IAction[] {
  let at = -1;
  const placed = actions.map(action => ({ action, at: (at = action.part ?? at) }));
  return placed.sort((one, other) => one.at - other.at).map(({ action }) => action);
}

function changeOf(actions: readonly IAction[]): IChange {
  const last = actions[actions.length - 1];
  const open = actions.filter(isUnsettled);
  const done = actions.filter(action => action.state === 'done');
  const undone = actions.filter(action => action.state === 'undone');
  // What waits is told before what was done, and both before what came to nothing.
  const told = [open, done, undone].find(some => some.length) ?? [last];
  const counted = open.length || done.length ? [...done, ...open] : told;
  const ordered = actions.filter(action => counted.includes(action));
  const first = ordered[0];
  const end = ordered[ordered.length - 1];
  const action = told[told.length - 1];
  const before = textBefore(first);
  const after = textAfter(end);
  const isNew =
    first.body.kind === 'insert_cell' || ('creates' in first.body && first.body.creates);
  const isGone = end.body.kind === 'delete_cell' || ('deletes' in end.body && end.body.deletes);
  const body = action.body;
  return {
    path: body.path,
    cellId: 'cell_id' in body ? (body.cell_id ?? null) : null,
    effect: isGone ? 'deleted' : isNew ? 'new' : 'changed',
    state: action.state,
    action,
    before,
    after,
    counts: countsOf(first, end, before, after)
  };
}

function textBefore({ body }: IAction): string {
  return body.kind === 'edit' || body.kind === 'delete_cell' ? body.before : '';
}

function textAfter({ body }: IAction): string {
  return body.kind === 'edit' ? body.after : body.kind === 'insert_cell' ? (body.source ?? '') : '';
}

function countsOf(first: IAction, end: IAction, before: string, after: string): ICounts | null {
  if (first === end && first.body.kind === 'edit') {
    return { added: first.body.added ?? 0, removed: first.body.removed ?? 0 };
  }
  if (before === '' || after === '') {
    return { added: linesOf(after), removed: linesOf(before) };
  }
  return null;
}

function linesOf(text: string): number {
  return text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
}

/** The changes that are or may become something: what was rejected or taken back does not count. */
export function counting(changes: readonly IChange[]): IChange[] {
  return changes.filter(({ state }) => state !== 'rejected' && state !== 'undone');
}

/** Whether a turn has changes that could be taken back. */
export function hasChanges(turn: ITurn): boolean {
  return turn.actions.some(
    action =>
      changesDocument(action) &&
      !takesBack(action) &&
      (action.state === 'done' || isUnsettled(action))
  );
}

/** The last turn that has changes that could be taken back. */
export function lastWithChanges(thread: IThread | null): ITurn | null {
  const turns = thread?.turns ?? [];
  for (let i = turns.length - 1; i >= 0; i--) {
    if (hasChanges(turns[i])) {
      return turns[i];
    }
  }
  return null;
}
