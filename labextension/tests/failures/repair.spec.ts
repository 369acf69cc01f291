import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { repairOf } from '../../src/failures/repair';
import { ActionBody, CellRun, Proof, TurnEnded } from '../../src/protocol';
import { IAction, ITurn } from '../../src/threads/tokens';

const trans = nullTranslator.load('jupyter_townie');
const EDIT: ActionBody = {
  kind: 'edit',
  path: 'a.ipynb',
  cell_id: 'c1',
  before: 'x',
  after: 'y',
  base_hash: '',
  added: 4,
  removed: 1
};

function action(
  state: IAction['state'],
  body: ActionBody = EDIT,
  proof: Proof | null = null
): IAction {
  return { id: 'a1', turn: 't1', part: null, gate: 'edit', body, state, message: '', proof };
}

function turn(changes: Partial<ITurn> = {}): ITurn {
  return {
    id: 't1',
    started: {
      seq: 1,
      time: 0,
      purpose: 'fix',
      text: '',
      model: 'anthropic/claude',
      binding: { path: 'a.ipynb', cell_id: 'c1' },
      options: { max_tries: 3 }
    },
    parts: [],
    actions: [],
    runs: [],
    requests: [],
    usage: [],
    ended: null,
    failure: null,
    kept: false,
    undone: false,
    replacedBy: null,
    items: [],
    notices: [],
    tools: [],
    sent: [],
    waiting: null,
    stop: null,
    pending: false,
    refused: null,
    stopping: false,
    left: [],
    ...changes
  };
}

const ended = (reason: TurnEnded['reason'] = 'done', message = ''): TurnEnded => ({
  seq: 9,
  time: 1,
  reason,
  problem: message ? { code: 'x', message, remedy: 'Do this.' } : null
});
const ran = (run: Partial<CellRun>, failed = false): ITurn['runs'][number] => ({
  seq: 5,
  time: 1,
  path: 'a.ipynb',
  runs: [{ cell_id: 'c1', status: 'ok', ...run }],
  failure: failed
    ? { id: 'f', source: 'cell', ename: 'E', evalue: '', summary: '', signature: 's' }
    : null
});

describe('repairOf, while the turn goes on', () => {
  it('says first that it reads the cells', () => {
    expect(repairOf(turn(), trans).status).toBe('Reading the cells that this one depends on');
  });

  it('names the model that is asked', () => {
    const sent: ITurn['sent'][number] = {
      type: 'request_sent',
      seq: 2,
      time: 0,
      turn: 't1',
      request: 'r1',
      model: 'anthropic/claude',
      label: 'Claude Sonnet',
      tokens: 1
    };
    const asked = { requests: ['r1'], sent: [sent] };
    expect(repairOf(turn(asked), trans).status).toBe('Asking Claude Sonnet');
  });

  it('counts down a wait and says why', () => {
    const repair = repairOf(turn({ waiting: { reason: 'rate limit', until: 99 } }), trans);
    expect([repair.status, repair.until]).toEqual(['Waiting %s s: rate limit', 99]);
  });

  it('says which try it is after a failed one', () => {
    const failed = ran(
      { status: 'error', error: { ename: 'NameError', evalue: "name 'b'" } },
      true
    );
    const repair = repairOf(
      turn({ requests: ['r'], actions: [action('done')], runs: [failed] }),
      trans
    );
    expect(repair.detail).toBe("Another error: NameError: name 'b'. Try 2 of 3.");
  });

  it('says what was learned when the next proposal fails like the one before', () => {
    const fails = (detail: string): Proof => ({ status: 'failed', seconds: 0.1, detail });
    const two = (first: string) =>
      repairOf(
        turn({
          actions: [
            { ...action('failed', EDIT, fails(first)), id: 'before' },
            action('waiting', EDIT, fails("fails with KeyError: 'GBP'"))
          ],
          ended: ended()
        }),
        trans
      ).detail;
    expect(two("fails with KeyError: 'GBP'")).toBe(
      'Try 2 of 3. The one before it fails in the same way: say what is meant, or look at the data.'
    );
    expect(two('fails with TypeError')).toBe('Try 2 of 3. The one before it fails with TypeError.');
  });

  it('takes a hint when no change was proposed', () => {
    expect(repairOf(turn({ ended: ended() }), trans).choices).toContain('differently');
  });

  it('can be stopped', () => {
    expect(repairOf(turn(), trans).choices).toContain('stop');
  });
});

describe('repairOf, with a new cell', () => {
  it('offers no run of the failed cell, which is as it was', () => {
    const body: ActionBody = { kind: 'insert_cell', path: 'a.ipynb', cell_id: 'c9' };
    const repair = repairOf(turn({ actions: [action('done', body)], ended: ended() }), trans);
    expect(repair.status).toBe('Added as a new cell.');
    expect(repair.choices).not.toContain('run');
  });
});

describe('repairOf, with a proposal', () => {
  it('offers to accept and run first', () => {
    const repair = repairOf(turn({ actions: [action('waiting')], ended: ended() }), trans);
    expect([repair.tone, repair.action, repair.choices]).toEqual([
      'decide',
      'a1',
      ['accept_and_run', 'accept', 'reject', 'differently', 'chat']
    ]);
  });

  it('counts the lines', () => {
    const repair = repairOf(turn({ actions: [action('waiting')], ended: ended() }), trans);
    expect(repair.status).toBe('Proposed change: 1 line removed, 4 lines added');
  });

  it('tells what the trial did', () => {
    const proof: Proof = { status: 'ran', seconds: 0.84, detail: 'runs, 0.8 s, prints 5 lines' };
    const repair = repairOf(
      turn({ actions: [action('waiting', EDIT, proof)], ended: ended() }),
      trans
    );
    expect([repair.proof, repair.proofTone]).toEqual([
      'Tried: runs, 0.8 s, prints 5 lines',
      'good'
    ]);
  });

  it('does not call a proposal tried that could not be', () => {
    const proof: Proof = { status: 'untried', detail: 'the kernel cannot fork' };
    const repair = repairOf(
      turn({ actions: [action('waiting', EDIT, proof)], ended: ended() }),
      trans
    );
    expect(repair.proof).toBe('Could not be tried: the kernel cannot fork');
  });

  it('names the other cell when the cause is there', () => {
    const elsewhere = { ...EDIT, cell_id: 'c0' } as ActionBody;
    const repair = repairOf(
      turn({ actions: [action('waiting', elsewhere)], ended: ended() }),
      trans
    );
    expect([repair.elsewhere, repair.edits]).toEqual(['c0', true]);
  });

  it('asks before it installs', () => {
    const install: ActionBody = { kind: 'install', path: 'a.ipynb', packages: ['pandas'] };
    const repair = repairOf(turn({ actions: [action('waiting', install)], ended: ended() }), trans);
    expect(repair.status).toBe('Install pandas?');
  });

  it("leaves the decision open when the user's text was kept", () => {
    const repair = repairOf(turn({ actions: [action('conflict')], ended: ended() }), trans);
    expect([repair.tone, repair.action]).toEqual(['decide', 'a1']);
  });
});

describe('repairOf, at the end', () => {
  it('says that it runs now, and in what time', () => {
    const done = turn({
      actions: [action('done')],
      runs: [ran({ seconds: 0.83 })],
      ended: ended()
    });
    const repair = repairOf(done, trans);
    expect([repair.tone, repair.status, repair.open]).toEqual(['good', 'Runs now, 0.8 s.', false]);
  });

  it('says which other error came, and what comes next', () => {
    const failed = ran({ status: 'error', error: { ename: 'NameError', evalue: 'b' } }, true);
    const repair = repairOf(
      turn({ actions: [action('done')], runs: [failed], ended: ended() }),
      trans
    );
    expect([repair.status, repair.detail, repair.choices[0]]).toEqual([
      'Another error: NameError: b',
      'Try 2 of 3 comes next, when you say so.',
      'continue'
    ]);
  });

  it('says when the real run differs from the trial', () => {
    const proof: Proof = { status: 'ran', seconds: 1 };
    const failed = ran({ status: 'error', error: { ename: 'E', evalue: '' } }, true);
    const actions = [action('done', EDIT, proof)];
    const repair = repairOf(turn({ actions, runs: [failed], ended: ended() }), trans);
    expect(repair.detail).toContain('The trial had run, but the real run did not.');
  });

  it.each([
    ['a\nb\n', [], 'which had 1 line of output'],
    ['a', [{ mime: 'image/png', data: '' }], 'which drew 0 figures'],
    ['a\n\n', [], '']
  ])('says how its output %j differs from that of the trial', (output, images, said) => {
    const proof: Proof = { status: 'ran', detail: 'runs', lines: 1, images: 0 };
    const repair = repairOf(
      turn({
        actions: [action('done', EDIT, proof)],
        runs: [ran({ output, images })],
        ended: ended()
      }),
      trans
    );
    expect(repair.status).toBe('Runs now.');
    expect(repair.detail).toContain(said);
    expect(repair.detail === '').toBe(said === '');
    expect(repair.choices).toContain('undo');
  });

  it('asks what the model may see before anything is sent', () => {
    const asked = ended('limit', 'What may it see?');
    asked.problem!.code = 'privacy';
    const repair = repairOf(turn({ ended: asked }), trans);
    expect(repair.choices.slice(0, 4)).toEqual([
      'see_code',
      'see_types',
      'see_values',
      'see_outputs'
    ]);
  });

  it('tells the problem with its remedy', () => {
    const repair = repairOf(turn({ ended: ended('failed', 'The key is wrong.') }), trans);
    expect([repair.status, repair.detail]).toEqual(['The key is wrong.', 'Do this.']);
  });

  it('can be continued at a limit', () => {
    const repair = repairOf(turn({ ended: ended('limit', 'Cut off.') }), trans);
    expect(repair.choices[0]).toBe('continue');
  });

  it('does not call the same error another one, nor urge to try the same again', () => {
    const error = { ename: 'KeyError', evalue: "'x'" };
    const same = ended('limit', "The same error came back: KeyError: 'x'");
    same.problem!.code = 'same_failure';
    const runs = [ran({ status: 'error', error }, true)];
    const repair = repairOf(turn({ actions: [action('done')], runs, ended: same }), trans);
    expect([repair.status, repair.detail]).toEqual([same.problem!.message, 'Do this.']);
    expect(repair.choices.slice(0, 2)).toEqual(['differently', 'continue']);
  });

  it('asks to run what was applied without running it', () => {
    const repair = repairOf(turn({ actions: [action('done')], ended: ended() }), trans);
    expect(repair.choices[0]).toBe('run');
  });

  it('says that a run is going on although the turn has ended', () => {
    const run = action('running', { kind: 'run', path: 'a.ipynb', cell_ids: ['c1'] });
    const repair = repairOf(turn({ actions: [action('done'), run], ended: ended() }), trans);
    expect([repair.tone, repair.status, repair.choices]).toEqual(['busy', 'Running', ['chat']]);
  });

  it('offers the code of a console for its prompt', () => {
    const part = {
      part: 0,
      kind: 'code' as const,
      language: 'python',
      target: null,
      text: 'y = 1\n',
      open: false,
      complete: true
    };
    const { started } = turn();
    const binding = { ...started.binding, kind: 'console' as const };
    const repair = repairOf(
      turn({ started: { ...started, binding }, parts: [part], ended: ended() }),
      trans
    );
    expect(repair.choices[0]).toBe('insert');
  });

  it('tells why the server did not take it', () => {
    const refused = { code: 'busy', message: 'Still working.', remedy: 'Wait.' };
    const repair = repairOf(turn({ refused }), trans);
    expect([repair.status, repair.detail]).toEqual(['Still working.', 'Wait.']);
  });
});
