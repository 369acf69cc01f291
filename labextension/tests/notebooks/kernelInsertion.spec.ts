/* eslint-disable @typescript-eslint/no-explicit-any */
import { Signal } from '@lumino/signaling';
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';
import { KernelInsertion, TARGET } from '../../src/notebooks/kernelInsertion';

/** A kernel as far as comms go. */
class FakeKernel {
  constructor(public id: string) {}
  registerCommTarget(name: string, target: any) {
    this.targets.set(name, target);
  }
  removeCommTarget(name: string) {
    this.targets.delete(name);
  }
  open(cell: string | null) {
    const comm: any = {
      sent: [] as any[],
      send: (data: any) => comm.sent.push(data),
      close: vi.fn()
    };
    this.targets.get(TARGET)(comm, { content: { data: { cell } } });
    return {
      comm,
      ask: async (data: any) => {
        await Promise.resolve();
        await Promise.resolve();
        await comm.onMsg({ content: { data: { page: comm.sent[0]?.ready, ...data } } });
        return comm.sent[comm.sent.length - 1];
      }
    };
  }
  isDisposed = false;
  disposed = new Signal<this, void>(this);
  targets = new Map<string, any>();
}

function page(cells = ['a', 'b']) {
  const kernel = new FakeKernel('k');
  const kernelChanged = new Signal<any, any>({});
  const widgets = cells.map(id => ({ model: { id } }));
  const panel: any = {
    context: { localPath: 'work.ipynb' },
    content: { model: {}, widgets, activeCell: widgets[0] ?? null },
    sessionContext: { session: { kernel }, kernelChanged }
  };
  const tracker: any = {
    widgetAdded: new Signal<any, any>({}),
    currentWidget: panel,
    forEach: (each: (panel: any) => void) => each(panel)
  };
  const handle = vi.fn(async (body: any) => ({
    verb: 'apply',
    results: body.operations.map((operation: any) => ({ ok: true, cell_id: operation.cell_id }))
  })) as any;
  const describe = (_: string, id: string) => `cell [${id}]`;
  const insertion = new KernelInsertion(tracker, { handle, describe }, nullTranslator.load(''));
  return { kernel, kernelChanged, panel, handle, insertion };
}

describe('insertion for a kernel', () => {
  it('goes below the cell that asked, marked as new, and says where', async () => {
    const { kernel, handle } = page();
    const answer = await kernel.open('b').ask({ insert: ['x = 1', 'y = 2'] });
    expect(answer).toEqual({ inserted: 'below cell [b]' });
    const [first, second] = handle.mock.calls[0][0].operations;
    expect([first.after, second.after]).toEqual(['b', first.cell_id]);
    expect(first.turn).toBeTruthy();
    expect(second.turn).toBe(first.turn);
  });

  it('goes below the active cell when the asking one is not known', async () => {
    const { kernel, handle } = page();
    await kernel.open('gone').ask({ insert: ['x'] });
    expect(handle.mock.calls[0][0].operations[0].after).toBe('a');
  });

  it('is taken back with what it inserted, and only that', async () => {
    const { kernel, handle } = page();
    const asking = kernel.open('a');
    await asking.ask({ insert: ['x = 1'] });
    const { cell_id } = handle.mock.calls[0][0].operations[0];
    expect(await asking.ask({ undo: true })).toEqual({ undone: true });
    expect(handle.mock.calls[1][0].operations).toEqual([
      { op: 'delete', cell_id, before: 'x = 1' }
    ]);
  });

  it('cannot be made to do anything but insert text', async () => {
    const { kernel, handle } = page();
    const asking = kernel.open('a');
    for (const insert of [
      'x',
      [{ op: 'delete', cell_id: 'a' }],
      [],
      Array(51).fill('x'),
      undefined
    ]) {
      expect(await asking.ask({ insert, run: true, verb: 'run' })).toHaveProperty('refused');
    }
    expect(await asking.ask({ undo: true })).toEqual({ undone: false });
    expect(handle).not.toHaveBeenCalled();
  });

  it('happens in one page when several hear of it', async () => {
    const { kernel, handle } = page();
    await kernel.open('a').ask({ page: 'another', insert: ['x'] });
    expect(handle).not.toHaveBeenCalled();
  });

  it('tells why a notebook refused it', async () => {
    const { kernel, handle } = page();
    handle.mockResolvedValueOnce({
      verb: 'refused',
      reason: 'read_only',
      message: 'It is read only'
    });
    expect(await kernel.open('a').ask({ insert: ['x'] })).toEqual({ refused: 'It is read only' });
  });

  it('follows a notebook to its next kernel', async () => {
    const { kernelChanged, panel } = page();
    const next = new FakeKernel('k2');
    panel.sessionContext.session.kernel = next;
    kernelChanged.emit({ newValue: next });
    const { comm } = next.open('a');
    await vi.waitFor(() => expect(comm.sent[0]).toHaveProperty('ready'));
  });

  it('closes the comm of a kernel whose notebook is not open', () => {
    const { kernel, panel } = page();
    panel.sessionContext.session = null;
    expect(kernel.open('a').comm.close).toHaveBeenCalled();
  });

  it('is not offered any more when it is disposed', () => {
    const { kernel, insertion } = page();
    insertion.dispose();
    expect(kernel.targets.has(TARGET)).toBe(false);
  });
});
