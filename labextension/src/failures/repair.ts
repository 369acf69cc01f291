import type { TranslationBundle } from '@jupyterlab/translation';
import { CellRun } from '../protocol';
import { IAction, ITurn } from '../threads/tokens';
import { differing, IProofLine, proofLine, shortSeconds } from './proof';

/** What the user can do next, in the order in which it is offered. */
export type Choice =
  | 'stop'
  | 'accept_and_run'
  | 'accept'
  | 'reject'
  | 'differently'
  | 'continue'
  | 'see_code'
  | 'see_types'
  | 'see_values'
  | 'see_outputs'
  | 'run'
  | 'retry'
  | 'undo'
  | 'insert'
  | 'show'
  | 'chat'
  | 'dismiss';

/** Of more cells than these, the number is told instead of their names. */
const NAMED_CELLS = 4;

export interface IRepair extends IProofLine {
  tone: 'busy' | 'decide' | 'good' | 'bad' | 'plain';
  /** One line that says where it stands. */
  status: string;
  /** What comes next, or what to know; may be empty. */
  detail: string;
  choices: readonly Choice[];
  /** The action that waits for a decision. */
  action: string | null;
  /** Whether that action is a change of a source. */
  edits: boolean;
  /** What accepting it does, where that is not a change of a source. */
  proposes: 'run' | 'install' | null;
  /** The cell that the proposal changes when it is not the failed one. */
  elsewhere: string | null;
  /** The end of a wait, in seconds since the epoch; the status then names the seconds left as `%s`. */
  until: number | null;
  /** Whether the turn can still go on by itself or waits for the user. */
  open: boolean;
}

/**
 * Where a fix or an explanation stands, in the user's words.
 *
 * Everything comes from the turn, so it is the same after a reload, and in two views of one notebook.
 *
 * @param cellName What people call a cell of the notebook, if it is open.
 */
export function repairOf(
  turn: ITurn,
  trans: TranslationBundle,
  cellName: (id: string) => string | null = () => null
): IRepair {
  const base: IRepair = {
    tone: 'plain',
    status: '',
    proof: '',
    proofTone: 'plain',
    detail: '',
    choices: [],
    action: null,
    edits: false,
    proposes: null,
    elsewhere: null,
    until: null,
    open: false
  };
  if (turn.refused) {
    const { message, remedy } = turn.refused;
    return {
      ...base,
      tone: 'bad',
      status: message,
      detail: remedy ?? '',
      choices: ['retry', 'dismiss']
    };
  }
  if (turn.undone) {
    return { ...base, status: trans.__('Undone.'), choices: ['retry', 'chat', 'dismiss'] };
  }
  const running = last(turn.actions, action => action.state === 'running');
  if (turn.stopping) {
    return { ...base, tone: 'busy', status: trans.__('Stopping'), open: true };
  }
  if (running) {
    const status = doing(running, trans);
    // Once the turn has ended there is nothing that Stop could stop: the kernel is never interrupted.
    return {
      ...base,
      tone: 'busy',
      status,
      choices: turn.ended ? ['chat'] : ['stop', 'chat'],
      open: true
    };
  }
  if (!turn.ended) {
    return {
      ...base,
      ...progress(turn, trans),
      tone: 'busy',
      choices: ['stop', 'chat'],
      open: true
    };
  }
  const waiting = last(turn.actions, waits);
  if (waiting) {
    return { ...base, ...proposal(turn, waiting, trans, cellName), open: true };
  }
  return { ...base, ...outcome(turn, trans) };
}

function progress(
  turn: ITurn,
  trans: TranslationBundle
): Pick<IRepair, 'status' | 'detail' | 'until'> {
  const detail = joined(anotherError(turn, trans), nthTry(turn, trans));
  if (turn.waiting) {
    const { reason, until } = turn.waiting;
    const status = until === null ? reason : trans.__('Waiting %s s: %1', reason);
    return { status, detail, until };
  }
  const tool = last(turn.tools, call => call.ok === null);
  const part = turn.parts[turn.parts.length - 1];
  let status: string;
  if (tool) {
    status = trans.__('Using %1', tool.name);
  } else if (part?.open && part.kind === 'code') {
    status = trans.__('Writing the change');
  } else if (part?.open && part.kind === 'thinking') {
    status = trans.__('%1 is thinking', modelName(turn));
  } else if (part?.open) {
    status = trans.__('%1 is answering', modelName(turn));
  } else if (turn.requests.length) {
    status = trans.__('Asking %1', modelName(turn));
  } else {
    status = trans.__('Reading the cells that this one depends on');
  }
  return { status, detail, until: null };
}

function proposal(
  turn: ITurn,
  action: IAction,
  trans: TranslationBundle,
  cellName: (id: string) => string | null
): Partial<IRepair> {
  const { body } = action;
  const { proof, proofTone } = proofLine(action.proof, trans);
  const common = {
    tone: 'decide' as const,
    action: action.id,
    proof,
    proofTone,
    detail: joined(anotherError(turn, trans), nthTry(turn, trans), learned(turn, action, trans))
  };
  switch (body.kind) {
    case 'install':
      return {
        ...common,
        proposes: 'install',
        status: trans.__('Install %1?', body.packages.join(', ')),
        choices: ['accept_and_run', 'reject', 'differently', 'chat']
      };
    case 'run': {
      const names = body.cell_ids.map(cellName);
      return {
        ...common,
        proposes: 'run',
        status:
          names.length <= NAMED_CELLS && names.every(name => name)
            ? trans.__('Run %1?', names.join(trans.__(', then ')))
            : trans._n('Run %1 cell?', 'Run %1 cells from top to bottom?', names.length),
        choices: ['accept', 'reject', 'differently', 'chat']
      };
    }
    case 'edit': {
      const failed = turn.started.binding.cell_id ?? null;
      const elsewhere = body.cell_id && body.cell_id !== failed ? body.cell_id : null;
      const conflict = action.state === 'conflict';
      const note = conflict
        ? trans.__('The proposal is compared with it above.')
        : (body.note ?? '');
      return {
        ...common,
        edits: true,
        elsewhere,
        status: conflict
          ? trans.__('You changed the cell in the meantime; your text was kept.')
          : elsewhere
            ? trans.__(
                'Proposed change of another cell: %1',
                counts(body.added, body.removed, trans)
              )
            : trans.__('Proposed change: %1', counts(body.added, body.removed, trans)),
        detail: joined(common.detail, note),
        choices: ['accept_and_run', 'accept', 'reject', 'differently', 'chat']
      };
    }
    default:
      return {
        ...common,
        status: trans.__('A change waits for your decision.'),
        choices: ['accept', 'reject', 'chat']
      };
  }
}

function outcome(turn: ITurn, trans: TranslationBundle): Partial<IRepair> {
  const ended = turn.ended!;
  const action = turn.actions[turn.actions.length - 1];
  if (action?.state === 'held') {
    return { status: action.message, choices: ['chat', 'dismiss'] };
  }
  if (turn.started.binding.kind === 'console' && proposedCode(turn)) {
    // A cell of a console has run for good; what can be changed is what runs next.
    return { status: trans.__('Proposed code:'), choices: ['insert', 'chat', 'dismiss'] };
  }
  const run = lastRun(turn);
  if (run && run.status !== 'not_run' && turn.actions.some(isApplied)) {
    return afterRun(turn, run, trans);
  }
  if (run) {
    return {
      tone: 'bad',
      status: trans.__('It was not run.'),
      detail: run.message ?? '',
      choices: ['run', 'undo', 'chat', 'dismiss']
    };
  }
  if (action?.state === 'failed') {
    return { tone: 'bad', status: action.message, choices: ['retry', 'chat', 'dismiss'] };
  }
  if (ended.problem?.code === 'privacy') {
    const { message, remedy } = ended.problem;
    return {
      tone: 'decide',
      status: message,
      detail: remedy ?? '',
      choices: ['see_code', 'see_types', 'see_values', 'see_outputs', 'dismiss'],
      open: true
    };
  }
  switch (ended.reason) {
    case 'stopped':
      return { status: trans.__('Stopped.'), choices: ['retry', 'chat', 'dismiss'] };
    case 'interrupted':
      return {
        tone: 'bad',
        status: trans.__('The Jupyter server was restarted while this was going on.'),
        choices: ['retry', 'chat', 'dismiss']
      };
    case 'failed':
    case 'limit':
      return {
        tone: 'bad',
        status: ended.problem?.message ?? trans.__('It did not finish.'),
        detail: ended.problem?.remedy ?? '',
        choices: [ended.reason === 'limit' ? 'continue' : 'retry', 'chat', 'dismiss']
      };
  }
  if (action?.state === 'done' && action.body.kind === 'insert_cell') {
    // The failed cell is as it was, so there is nothing to be run again.
    return { status: trans.__('Added as a new cell.'), choices: ['undo', 'chat', 'dismiss'] };
  }
  if (action?.state === 'done') {
    return {
      status: trans.__('Applied. Run the cell to see whether it works now.'),
      choices: ['run', 'undo', 'chat', 'dismiss']
    };
  }
  if (action?.state === 'rejected') {
    return {
      status: trans.__('Rejected; the cell is as it was.'),
      choices: ['retry', 'chat', 'dismiss']
    };
  }
  if (action?.state === 'undone') {
    return { status: trans.__('Undone.'), choices: ['retry', 'chat', 'dismiss'] };
  }
  return {
    status: turn.started.purpose === 'fix' ? trans.__('No change was proposed.') : '',
    choices:
      turn.started.purpose === 'fix'
        ? ['retry', 'differently', 'chat', 'dismiss']
        : ['chat', 'dismiss']
  };
}

function afterRun(turn: ITurn, run: CellRun, trans: TranslationBundle): Partial<IRepair> {
  const proven = last(turn.actions, action => action.proof !== null)?.proof ?? null;
  if (run.status === 'ok') {
    const differs =
      proven?.status === 'failed'
        ? trans.__('The trial had failed, but it works here.')
        : differing(proven, turn.runs[turn.runs.length - 1].runs, trans);
    const seconds = run.seconds ?? null;
    return {
      tone: 'good',
      status:
        seconds === null
          ? trans.__('Runs now.')
          : trans.__('Runs now, %1 s.', shortSeconds(seconds)),
      detail: differs,
      choices: ['undo', 'chat', 'dismiss']
    };
  }
  if (run.status === 'aborted' || !run.error) {
    return {
      tone: 'bad',
      status: trans.__('The run did not end: %1', run.message ?? ''),
      choices: ['run', 'undo', 'chat', 'dismiss']
    };
  }
  const ended = turn.ended!;
  const differs =
    proven?.status === 'ran' ? trans.__('The trial had run, but the real run did not.') : '';
  if (ended.problem?.code === 'same_failure') {
    // To try the same once more is the least likely to help.
    return {
      tone: 'bad',
      status: ended.problem.message,
      detail: joined(differs, ended.problem.remedy),
      choices: ['differently', 'continue', 'undo', 'chat', 'dismiss']
    };
  }
  const next =
    ended.reason === 'limit'
      ? joined(ended.problem?.message, ended.problem?.remedy)
      : trans.__('Try %1 of %2 comes next, when you say so.', tries(turn) + 1, maxTries(turn));
  return {
    tone: 'bad',
    status: anotherError(turn, trans),
    detail: joined(differs, next),
    choices: ['continue', 'differently', 'undo', 'chat', 'dismiss']
  };
}

/** The code that was written last; empty when there is none. */
export function proposedCode(turn: ITurn): string {
  return last(turn.parts, part => part?.kind === 'code' && !part.open)?.text.trim() ?? '';
}

function counts(added = 0, removed = 0, trans: TranslationBundle): string {
  const parts = [];
  if (removed) {
    parts.push(trans._n('%1 line removed', '%1 lines removed', removed));
  }
  if (added) {
    parts.push(trans._n('%1 line added', '%1 lines added', added));
  }
  return parts.join(', ') || trans.__('white space only');
}

function doing(action: IAction, trans: TranslationBundle): string {
  switch (action.body.kind) {
    case 'run':
      return trans.__('Running');
    case 'install':
      return trans.__('Installing %1', action.body.packages.join(', '));
    default:
      return trans.__('Applying the change');
  }
}

function anotherError(turn: ITurn, trans: TranslationBundle): string {
  const run = lastRun(turn);
  if (!run?.error) {
    return '';
  }
  const { ename, evalue } = run.error;
  return trans.__('Another error: %1', evalue ? `${ename}: ${shortened(evalue)}` : ename);
}

function nthTry(turn: ITurn, trans: TranslationBundle): string {
  const done = turn.actions.filter(action => !waits(action) && isProposal(action)).length;
  return done ? trans.__('Try %1 of %2.', Math.min(done + 1, maxTries(turn)), maxTries(turn)) : '';
}

/** Of a proposal that fails when it is tried: what became of the one before it. */
function learned(turn: ITurn, { id, proof }: IAction, trans: TranslationBundle): string {
  const before = last(turn.actions, ({ id: other, proof: of }) => other !== id && Boolean(of));
  if (proof?.status !== 'failed' || before?.proof?.status !== 'failed') {
    return '';
  }
  return before.proof.detail === proof.detail
    ? trans.__('The one before it fails in the same way: say what is meant, or look at the data.')
    : trans.__('The one before it %1.', before.proof.detail || trans.__('fails, too'));
}

/** Proposals that were run and failed. */
function tries(turn: ITurn): number {
  return turn.runs.filter(ran => ran.failure).length;
}

function maxTries(turn: ITurn): number {
  return Math.max(turn.started.options.max_tries ?? 3, tries(turn) + 1);
}

/** An edit that met a changed cell is a proposal again. */
function waits(action: IAction): boolean {
  return action.state === 'waiting' || (action.state === 'conflict' && action.body.kind === 'edit');
}

function isProposal(action: IAction): boolean {
  return action.body.kind === 'edit';
}

function isApplied(action: IAction): boolean {
  return action.state === 'done' || (action.body.kind === 'run' && action.state === 'failed');
}

function lastRun(turn: ITurn): CellRun | undefined {
  const runs = turn.runs[turn.runs.length - 1]?.runs ?? [];
  return runs.find(run => run.status !== 'ok') ?? runs[runs.length - 1];
}

function modelName({ sent, started }: ITurn): string {
  return sent[sent.length - 1]?.label || (started.model.split('/').pop() ?? started.model);
}

/** Sentences as one text; a message of somebody else may lack its full stop. */
function joined(...texts: (string | undefined)[]): string {
  return texts
    .filter((text): text is string => Boolean(text))
    .map((text, index, all) => (index < all.length - 1 && !/[.!?]$/.test(text) ? `${text}.` : text))
    .join(' ');
}

function shortened(text: string): string {
  const line = text.split('\n')[0];
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

function last<T>(list: readonly T[], test: (item: T) => boolean): T | undefined {
  for (let index = list.length - 1; index >= 0; index--) {
    if (test(list[index])) {
      return list[index];
    }
  }
  return undefined;
}
