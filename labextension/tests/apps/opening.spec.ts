import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';
import { Opening } from '../../src/apps/opening';
import { IApps } from '../../src/apps/tokens';
import { AppInfo } from '../../src/protocol';
import { IThreadChange, ITownie, ITurn } from '../../src/threads/tokens';
import { info } from './app';

function part(ref: string): ITurn['parts'][number] {
  return {
    part: 0,
    kind: 'code',
    language: 'html',
    target: { kind: 'file', ref },
    text: '',
    open: true,
    complete: true,
    rewrites: 0
  };
}

/** A page whose current thread has one turn, and a server that knows `known`. */
function page() {
  const known: AppInfo[] = [];
  const opened: string[] = [];
  const turn = { id: 't', ended: null as object | null, parts: [] as ITurn['parts'], actions: [] };
  const action = { id: 'a', state: '' };
  const thread = { turn: () => turn, action: () => action };
  const owner = {};
  const changed = new Signal<object, unknown>(owner);
  let listed: AppInfo[] = [];
  let asked = 0;
  const townie = { current: thread, changed } as unknown as ITownie;
  const apps = {
    of: (path: string) => listed.find(app => path.startsWith(`${app.path}/`)) ?? null,
    refresh: async () => {
      asked++;
      listed = [...known];
    }
  } as unknown as IApps;
  new Opening(townie, apps, app => opened.push(app.id));
  return {
    known,
    opened,
    turn,
    action,
    asked: () => asked,
    change: async (kind: IThreadChange['kind'], other: object = thread) => {
      changed.emit({ thread: other, change: { kind, turn: 't', action: 'a' } });
      await new Promise(resolve => setTimeout(resolve));
    }
  };
}

describe('Opening', () => {
  it('shows an app as soon as its first file makes it one', async () => {
    const { known, opened, turn, change } = page();
    turn.parts.push(part('apps/hello/townie.toml'));
    await change('part');
    expect(opened).toEqual([]);
    known.push(info());
    await change('action');
    expect(opened).toEqual(['hello-1a2b3c']);
  });

  it('shows it once a turn, so that who closes it has it closed', async () => {
    const { known, opened, turn, change } = page();
    known.push(info());
    turn.parts.push(part('apps/hello/index.html'));
    await change('part');
    await change('action');
    expect(opened).toHaveLength(1);
  });

  it('shows it once the person has accepted it, when its turn is over', async () => {
    const { known, opened, turn, action, change } = page();
    known.push(info());
    turn.ended = {};
    turn.parts.push(part('apps/hello/townie.toml'));
    for (const state of ['waiting', 'running', 'done']) {
      expect(opened).toEqual([]);
      action.state = state;
      await change('action');
    }
    expect(opened).toEqual(['hello-1a2b3c']);
  });

  it('opens nothing when a change of a turn that is over is told of again, or taken back', async () => {
    const { known, opened, turn, action, change } = page();
    known.push(info());
    turn.ended = {};
    turn.parts.push(part('apps/hello/townie.toml'));
    for (const state of ['done', 'undone', 'rejected']) {
      action.state = state;
      await change('action');
    }
    expect(opened).toEqual([]);
  });

  it('asks the server of nothing while a turn writes no files', async () => {
    const { asked, change } = page();
    await change('part');
    expect(asked()).toBe(0);
  });

  it('opens nothing for a thread that is not in sight', async () => {
    const { known, opened, turn, action, change } = page();
    known.push(info());
    turn.parts.push(part('apps/hello/index.html'));
    await change('part', { turn: () => turn, action: () => action });
    expect(opened).toEqual([]);
  });

  it('opens nothing for files outside of apps', async () => {
    const { known, opened, turn, change } = page();
    known.push(info());
    turn.parts.push(part('apps/hello.py'));
    await change('part');
    expect(opened).toEqual([]);
  });
});
