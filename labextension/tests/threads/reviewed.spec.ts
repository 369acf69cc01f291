import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';
import { ActionBody, ActionState, Command } from '../../src/protocol';
import { ChangeList } from '../../src/threads/changelist';
import { GoBack } from '../../src/threads/goback';
import { accept } from '../../src/threads/reviewed';
import { ISurroundings } from '../../src/threads/surroundings';
import { Thread } from '../../src/threads/thread';
import { log, started } from './events';

const edit = (cell: string): ActionBody => ({
  kind: 'edit',
  path: 'n.ipynb',
  cell_id: cell,
  before: 'x',
  after: 'y',
  base_hash: ''
});

function answer(...states: ActionState[]) {
  const sent: Command[] = [];
  const thread = new Thread('th', command => sent.push(command));
  const actions = states.map((state, index) => ({
    type: 'action_started' as const,
    turn: 't1',
    action: `a${index}`,
    gate: 'edit' as const,
    state,
    body: edit(`c${index}`),
    proof: null
  }));
  thread.load(log(started(), ...actions, { type: 'turn_ended', turn: 't1', reason: 'done' }));
  return { thread, sent, turn: thread.turns[0] };
}

describe('accepting the changes of an answer in the chat', () => {
  it('leaves those to be looked at of which something would be left out, and shows the first of them', async () => {
    const { thread, sent, turn } = answer('waiting', 'waiting', 'waiting');
    const reviews = {
      leavesOut: (action: string) => action !== 'a1',
      accept: vi.fn(),
      focus: vi.fn()
    };
    const reveal = vi.fn().mockResolvedValue(undefined);
    accept({ reviews, reveal } as unknown as ISurroundings, thread, turn.actions);
    await vi.waitFor(() => expect(reviews.focus.mock.calls).toEqual([['a0']]));
    expect(reviews.accept.mock.calls).toEqual([[thread, 'a1', false]]);
    expect(reveal).toHaveBeenCalledWith('n.ipynb', 'c0');
    expect(sent).toEqual([]);
  });
});

describe('the list of what an answer changed', () => {
  it.each<[ActionState[], string]>([
    [['undone', 'undone'], '2 changes, undone'],
    [['undone', 'rejected', 'undone'], '2 changes, undone'],
    [['rejected', 'rejected'], 'Nothing changed'],
    [['done', 'undone'], '1 change']
  ])('says of %j: %s', (states, summary) => {
    const { thread, turn } = answer(...states);
    const around = {
      trans: nullTranslator.load('jupyter_townie'),
      documents: null,
      reviews: null
    } as unknown as ISurroundings;
    const list = new ChangeList(around, thread, turn, {} as GoBack);
    expect(list.node.querySelector('.jp-Townie-changesTitle')!.textContent).toBe(summary);
  });
});
