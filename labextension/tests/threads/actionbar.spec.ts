import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';
import { ActionBody, Command, Proof } from '../../src/protocol';
import { ActionBar } from '../../src/threads/actionbar';
import { ISurroundings } from '../../src/threads/surroundings';
import { Thread } from '../../src/threads/thread';
import { log, started } from './events';

type State = 'waiting' | 'failed' | 'held' | 'conflict' | 'done';

const cell: ActionBody = { kind: 'insert_cell', path: 'n.ipynb', cell_id: 'c1', source: 'x = 1' };
const edit: ActionBody = {
  kind: 'edit',
  path: 'n.ipynb',
  cell_id: 'c1',
  before: 'x',
  after: 'y',
  base_hash: ''
};

function show(body: ActionBody, state: State, proof: Proof | null = null, type = 'code') {
  const sent: Command[] = [];
  const thread = new Thread('th', command => sent.push(command));
  thread.load(
    log(
      started(),
      { type: 'action_started', turn: 't1', action: 'a1', gate: 'edit', state, body, proof },
      { type: 'turn_ended', turn: 't1', reason: 'done' }
    )
  );
  const around = {
    trans: nullTranslator.load('jupyter_townie'),
    documents: type === 'code' ? null : { cellType: () => type },
    reviews: null,
    reveal: vi.fn()
  } as unknown as ISurroundings;
  const bar = new ActionBar(around, thread, 'line');
  bar.update(thread.action('a1')!);
  const labels = Array.from(bar.node.querySelectorAll('button'), button => button.textContent);
  const press = (name: string) =>
    bar.node.querySelector<HTMLElement>(`[data-townie="${name}"]`)?.click();
  return { node: bar.node, labels, press, sent };
}

describe('the decisions about an action', () => {
  it.each(['failed', 'held', 'conflict'] as const)(
    'offer to insert a new cell that is %s',
    state => {
      const { press, sent } = show(cell, state);
      press('insert-again');
      expect(sent).toMatchObject([{ command: 'decide', action: 'a1', decision: 'accept' }]);
    }
  );

  it('do not offer to insert a cell whose text has not all arrived', () => {
    const { labels } = show({ ...cell, source: '' }, 'failed');
    expect(labels).not.toContain('Insert');
  });

  it.each(['markdown', 'raw'])('do not offer to run a %s cell that is to change', type => {
    expect(show(edit, 'waiting').labels).toContain('Accept and run');
    expect(show(edit, 'waiting', null, type).labels).toEqual(['Accept', 'Reject']);
    expect(show(edit, 'done', null, type).labels).toEqual(['Go to cell']);
  });

  it('tell that a file which was written as it is stays as it was', () => {
    const file = { ...edit, path: 'apps/a/b.js', cell_id: null };
    expect(show({ ...file, after: 'x' }, 'done').node.textContent).toContain('as it was');
    expect(show(file, 'done').node.textContent).toContain('applied');
  });

  it('offer to apply again a change that failed', () => {
    const { press, sent } = show(edit, 'failed');
    press('apply-again');
    expect(sent).toMatchObject([{ command: 'decide', action: 'a1', decision: 'accept' }]);
  });

  it('tell that a change failed when it was tried, and do not urge to run it', () => {
    const { node } = show(edit, 'waiting', {
      status: 'failed',
      detail: "fails with KeyError: 'x'"
    });
    const told = node.querySelector('[data-townie="action-proof"]');
    expect(told?.textContent).toBe("Tried: fails with KeyError: 'x'.");
    const run = node.querySelector('[data-townie="accept-run"]');
    expect(run?.classList.contains('jp-mod-primary')).toBe(false);
  });

  it('are not told beside the results of a run that failed', () => {
    const thread = new Thread('th', () => undefined);
    const body: ActionBody = { kind: 'run', path: 'n.ipynb', cell_ids: ['c1'] };
    thread.load(
      log(
        started(),
        { type: 'action_started', turn: 't1', action: 'a1', gate: 'run', state: 'running', body },
        {
          type: 'cells_ran',
          turn: 't1',
          action: 'a1',
          path: 'n.ipynb',
          runs: [{ cell_id: 'c1', status: 'aborted', message: 'the kernel died' }]
        },
        { type: 'action_changed', turn: 't1', action: 'a1', state: 'failed', message: 'it died' }
      )
    );
    const around = {
      trans: nullTranslator.load('jupyter_townie'),
      documents: null
    } as unknown as ISurroundings;
    const bar = new ActionBar(around, thread, 'line');
    bar.update(thread.action('a1')!);
    expect(bar.node.hidden).toBe(true);
  });

  it('are none about a change whose trial failed, when another one was made for it', () => {
    const failed: Proof = { status: 'failed', detail: 'fails with KeyError' };
    const thread = new Thread('th', () => undefined);
    const made = { type: 'action_started', turn: 't1', gate: 'edit', body: edit } as const;
    thread.load(
      log(
        started(),
        { ...made, action: 'a1', state: 'failed', proof: failed },
        { ...made, action: 'a2', state: 'waiting', proof: null },
        { type: 'turn_ended', turn: 't1', reason: 'done' }
      )
    );
    const around = {
      trans: nullTranslator.load('jupyter_townie'),
      documents: null,
      reviews: null
    } as unknown as ISurroundings;
    const offered = ['a1', 'a2'].map(id => {
      const bar = new ActionBar(around, thread, 'line');
      bar.update(thread.action(id)!);
      return bar.node.querySelectorAll('button').length;
    });
    expect(offered).toEqual([0, 3]);
  });

  it('about the proposal of an undo are to accept or to reject it', () => {
    const { labels } = show({ ...edit, takes_back: ['a0'] }, 'waiting');
    expect(labels).toEqual(['Accept', 'Reject']);
  });
});
