import type { Problem } from '../protocol';
import type { IAction, ITurn } from '../threads/tokens';

export type InlinePhase =
  'working' | 'asks' | 'proposed' | 'settled' | 'elsewhere' | 'nothing' | 'stopped' | 'failed';

/** How far an inline edit has come. */
export interface IInlineOutcome {
  readonly phase: InlinePhase;
  /** The change, once there is one. */
  readonly action: IAction | null;
  /** Lines of code that have arrived. */
  readonly lines: number;
  /** What the model said, when it proposed nothing. */
  readonly said: string;
  readonly problem: Problem | null;
}

type Seen = Pick<ITurn, 'started' | 'actions' | 'parts' | 'ended' | 'refused'>;

/** What has become of an inline edit, for the cell or file that it was asked for. */
export function inlineOutcome(turn: Seen): IInlineOutcome {
  const { binding } = turn.started;
  const changes = turn.actions.filter(({ body }) => body.kind === 'edit');
  const action =
    changes
      .filter(
        ({ body }) =>
          body.kind === 'edit' &&
          body.path === binding.path &&
          (body.cell_id ?? null) === (binding.cell_id ?? null)
      )
      .pop() ?? null;
  const code = turn.parts.filter(({ kind, target }) => kind === 'code' && target);
  const lines = code.reduce((sum, { text }) => sum + text.split('\n').length - 1, 0);
  // After a change that did not fit the model was asked again; its last words count.
  const said =
    turn.parts
      .filter(({ kind }) => kind === 'prose')
      .pop()
      ?.text.trim() ?? '';
  const outcome = (
    phase: InlinePhase,
    problem: Problem | null = null,
    about: IAction | null = action
  ): IInlineOutcome => ({ phase, action: about, lines, said, problem });

  if (turn.refused) {
    return outcome('failed', turn.refused);
  }
  switch (action?.state) {
    case 'waiting':
      return outcome('proposed');
    case 'done':
    case 'rejected':
    case 'undone':
      return outcome('settled');
    case 'failed':
    case 'held':
    case 'conflict':
      return outcome('failed', { code: action.state, message: action.message });
  }
  if (!turn.ended) {
    return outcome('working');
  }
  if (turn.ended.problem?.code === 'privacy') {
    return outcome('asks', turn.ended.problem);
  }
  if (turn.ended.problem) {
    return outcome('failed', turn.ended.problem);
  }
  if (turn.ended.reason === 'stopped' || turn.ended.reason === 'interrupted') {
    return outcome('stopped');
  }
  const other = turn.actions[turn.actions.length - 1];
  return other ? outcome('elsewhere', null, other) : outcome('nothing');
}
