import type { EditAction } from '../protocol';
import { takesBack } from '../threads/changes';
import type { IAction, IPreview, IThread, ITurn } from '../threads/tokens';

/** A change that the model proposes, or is still writing. */
export interface IProposed {
  /** The id of its action; while it is written, one that no action has. */
  readonly id: string;
  readonly thread: IThread;
  readonly turn: ITurn;
  readonly path: string;
  /** Null for a file. */
  readonly cellId: string | null;
  readonly before: string;
  readonly after: string;
  readonly note: string;
  readonly writing: boolean;
  /** Whether it is the proposal of an undo. */
  readonly takesBack: boolean;
  /** Whether it failed when it was tried. */
  readonly fails: boolean;
}

/** The change of an action, or null when it changes no source. */
export function proposedBy(thread: IThread, action: IAction): IProposed | null {
  const { body } = action;
  const turn = thread.turn(action.turn);
  return turn && body.kind === 'edit'
    ? {
        id: action.id,
        thread,
        turn,
        path: body.path,
        cellId: body.cell_id ?? null,
        before: body.before,
        after: body.after,
        note: body.note ?? '',
        writing: false,
        takesBack: takesBack(action),
        fails: action.proof?.status === 'failed'
      }
    : null;
}

/** The changes that are being written in a turn; those of a fix are shown when they have been tried. */
export function writtenIn(thread: IThread, turn: ITurn): IProposed[] {
  if (turn.ended || turn.stopping || turn.started.purpose === 'fix') {
    return [];
  }
  return Array.from(turn.previews.values(), preview => ({
    id: writingId(turn.id, preview.part),
    thread,
    turn,
    path: preview.path,
    cellId: preview.cell_id ?? null,
    before: preview.before,
    after: preview.after,
    note: '',
    writing: true,
    takesBack: false,
    fails: false
  }));
}

/** What stands for an action that is not there yet. */
export function writingId(turn: string, part: IPreview['part'] | null): string {
  return `${turn}:${part}`;
}

/** Whether a change was asked for at its place in an editor, and not in the chat. */
export function isInline({ turn }: IProposed): boolean {
  return turn.started.purpose === 'edit';
}

/** Whether an action changes a file, and not a cell. */
export function isOfFile({ body }: IAction): boolean {
  return body.kind === 'edit' && !body.cell_id;
}

/** Whether an action is one that the user can still accept. */
export function isOpen({ state }: IAction): boolean {
  return state === 'waiting' || state === 'conflict' || state === 'failed';
}

/** The edit of an action that is known to be one. */
export function editOf(action: IAction): EditAction {
  return action.body as EditAction;
}
