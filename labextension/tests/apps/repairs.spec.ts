import { describe, expect, it } from 'vitest';
import { startAsked, workOn } from '../../src/apps/repairs';
import { ActionBody, Binding } from '../../src/protocol';
import { IAction, ITownie } from '../../src/threads/tokens';

interface ITurnLike {
  purpose?: string;
  binding?: Binding;
  actions?: Partial<IAction>[];
  ended?: object | null;
}

function townie(...turns: ITurnLike[]): ITownie {
  const thread = {
    id: 'thread',
    turns: turns.map(({ purpose = 'chat', binding = {}, actions = [], ended = null }, index) => ({
      id: String(index),
      started: { purpose, binding },
      actions,
      ended,
      refused: null,
      stopping: false,
      replacedBy: null
    }))
  };
  return { threads: [thread] } as unknown as ITownie;
}

const app: Binding = { kind: 'app', path: 'apps/hello' };
const edit = (path: string, state: IAction['state']): Partial<IAction> => ({
  state,
  body: { kind: 'edit', path, before: '', after: '', base_hash: '' }
});
const start = (state: IAction['state']): Partial<IAction> => ({
  id: 'a',
  state,
  body: { kind: 'start_app', path: 'apps/hello', app: 'hello-1', title: 'Hello' } as ActionBody
});

describe('workOn', () => {
  it('finds the fix that is at work', () => {
    const work = workOn(townie({ purpose: 'fix', binding: app }), 'apps/hello');
    expect(work).toMatchObject({ state: 'working', repairs: true });
  });

  it('finds the turn that writes the app', () => {
    const turn = { actions: [edit('apps/hello/index.html', 'streaming')] };
    expect(workOn(townie(turn), 'apps/hello')).toMatchObject({ state: 'working', repairs: false });
  });

  it('says when an ended turn still waits for the person', () => {
    const turn = { ended: {}, actions: [start('waiting')] };
    expect(workOn(townie(turn), 'apps/hello')?.state).toBe('waiting');
  });

  it('is not concerned with turns that are over, or about another app', () => {
    const over = { purpose: 'fix', binding: app, ended: {} };
    const other = { actions: [edit('apps/hello-2/index.html', 'streaming')] };
    expect(workOn(townie(over, other), 'apps/hello')).toBeNull();
  });
});

describe('startAsked', () => {
  it('finds the question that is still open', () => {
    expect(startAsked(townie({ actions: [start('waiting')] }), 'hello-1')?.action).toBe('a');
    expect(startAsked(townie({ actions: [start('done')] }), 'hello-1')).toBeNull();
  });
});
