import { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import { beforeEach, describe, expect, it } from 'vitest';
import { reloadOutdated } from '../../src/notebooks/outdated';
import { Saves } from '../../src/notebooks/saves';

type State = 'started' | 'completed' | 'failed';

/** As much of a notebook as tells of its saves. */
class Context {
  saveState = new Signal<this, State>(this);
  disposed = new Signal<this, void>(this);
  model = { dirty: true, collaborative: false };
  path = 'work.ipynb';
  contentsModel = { last_modified: 'monday' };
  isDisposed = false;
  reverted = 0;
  async revert(): Promise<void> {
    this.reverted++;
  }
}

let context: Context;
let panel: NotebookPanel;
const tracker = {
  widgetAdded: new Signal<object, NotebookPanel>({}),
  forEach: () => undefined
};

beforeEach(() => {
  context = new Context();
  panel = { context } as unknown as NotebookPanel;
});

function saves(patience?: number): Saves {
  const made = new Saves(tracker as unknown as ConstructorParameters<typeof Saves>[0], patience);
  tracker.widgetAdded.emit(panel);
  return made;
}

describe('what is changed in a notebook', () => {
  it('waits until a save is over and who waited for that has gone on', async () => {
    const made = saves();
    const told: string[] = [];
    await made.over(panel);
    context.saveState.emit('started');
    const over = made.over(panel).then(() => told.push('over'));
    await new Promise(resolve => setTimeout(resolve, 10));
    expect(told).toEqual([]);
    context.saveState.emit('completed');
    void Promise.resolve().then(() => told.push('closed'));
    await over;
    expect(told).toEqual(['closed', 'over']);
  });

  it.each(['failed', 'disposed'] as const)('does not wait for a save that %s', async how => {
    const made = saves();
    context.saveState.emit('started');
    const over = made.over(panel);
    if (how === 'failed') {
      context.saveState.emit('failed');
    } else {
      context.disposed.emit();
    }
    await over;
    await made.over(panel);
  });

  it('is not called saved by a save that was too slow to wait for', async () => {
    const made = saves(5);
    context.saveState.emit('started');
    await made.over(panel);
    await made.over(panel);
    context.model.dirty = false;
    context.saveState.emit('completed');
    expect(context.model.dirty).toBe(true);
    context.saveState.emit('started');
    context.model.dirty = false;
    context.saveState.emit('completed');
    expect(context.model.dirty).toBe(false);
  });
});

describe('a notebook that was opened', () => {
  const contents = (last_modified: string) =>
    ({ get: async () => ({ last_modified }) }) as unknown as Parameters<typeof reloadOutdated>[1];

  it('is loaded again when its file was changed meanwhile', async () => {
    context.model.dirty = false;
    await reloadOutdated(panel, contents('monday'));
    expect(context.reverted).toBe(0);
    await reloadOutdated(panel, contents('tuesday'));
    expect(context.reverted).toBe(1);
  });

  it('stays as it is once the user has changed it', async () => {
    await reloadOutdated(panel, contents('tuesday'));
    expect(context.reverted).toBe(0);
  });
});
