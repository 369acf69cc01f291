import { describe, expect, it } from 'vitest';
import { inlineOutcome } from '../../src/edits/inlineOutcome';
import type { EditAction, TurnEnded } from '../../src/protocol';
import type { IAction, IPart, ITurn } from '../../src/threads/tokens';

type Seen = Pick<ITurn, 'started' | 'actions' | 'parts' | 'ended' | 'refused'>;

function turn(changes: Partial<Seen> = {}): Seen {
  return {
    started: {
      seq: 1,
      time: 0,
      purpose: 'edit',
      text: 'shorter',
      model: 'anthropic/claude',
      binding: { path: 'a.ipynb', cell_id: 'c1' },
      options: {}
    },
    actions: [],
    parts: [],
    ended: null,
    refused: null,
    ...changes
  };
}

function change(state: IAction['state'], where: Partial<EditAction> = {}): IAction {
  const body: EditAction = {
    kind: 'edit',
    path: 'a.ipynb',
    cell_id: 'c1',
    before: 'x',
    after: 'y',
    base_hash: '',
    ...where
  };
  const id = `${body.cell_id}-${state}`;
  return { id, turn: 't1', part: null, gate: 'edit', body, state, message: 'why', proof: null };
}

function part(kind: IPart['kind'], text: string): IPart {
  const target = kind === 'code' ? { kind: 'cell' as const, ref: 'c1' } : null;
  return {
    part: 0,
    kind,
    text,
    target,
    language: '',
    open: false,
    complete: true,
    rewrites: 0
  };
}

function ended(reason: TurnEnded['reason'], problem: TurnEnded['problem'] = null): TurnEnded {
  return { type: 'turn_ended', seq: 9, time: 0, reason, problem };
}

describe('inlineOutcome', () => {
  it('counts the lines of code while they arrive', () => {
    const outcome = inlineOutcome(
      turn({ parts: [part('prose', 'So:\n'), part('code', 'a\nb\n')] })
    );
    expect(outcome).toMatchObject({ phase: 'working', lines: 2 });
  });

  it('is proposed as soon as the change of its cell waits, before the turn has ended', () => {
    const outcome = inlineOutcome(turn({ actions: [change('waiting')] }));
    expect([outcome.phase, outcome.action?.id]).toEqual(['proposed', 'c1-waiting']);
  });

  it('finds the change of a file, which has no cell', () => {
    const file = turn({ actions: [change('waiting', { path: 'a.py', cell_id: null })] });
    file.started.binding = { path: 'a.py', kind: 'file' };
    expect(inlineOutcome(file).phase).toBe('proposed');
  });

  it('does not take a change of another cell for its own', () => {
    const other = change('waiting', { cell_id: 'c2' });
    const outcome = inlineOutcome(turn({ actions: [other], ended: ended('done') }));
    expect([outcome.phase, outcome.action]).toEqual(['elsewhere', other]);
  });

  it('hands on what the model said when it proposed nothing', () => {
    const outcome = inlineOutcome(
      turn({ parts: [part('prose', ' There is no loop here. ')], ended: ended('done') })
    );
    expect(outcome).toMatchObject({ phase: 'nothing', said: 'There is no loop here.' });
  });

  it('fails with the problem of the turn', () => {
    const problem = { code: 'key', message: 'The key was refused.' };
    expect(inlineOutcome(turn({ ended: ended('failed', problem) }))).toMatchObject({
      phase: 'failed',
      problem
    });
  });

  it('asks what the model may see before anything is sent', () => {
    const problem = { code: 'privacy', message: 'What may it see?' };
    expect(inlineOutcome(turn({ ended: ended('limit', problem) }))).toMatchObject({
      phase: 'asks',
      problem
    });
  });

  it('tells a stopped turn from one that found nothing', () => {
    expect(inlineOutcome(turn({ ended: ended('stopped') })).phase).toBe('stopped');
  });

  it('is settled once the user has decided', () => {
    expect(inlineOutcome(turn({ actions: [change('rejected')] })).phase).toBe('settled');
  });
});
