import { Signal } from '@lumino/signaling';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeldNotice } from '../../src/edits/heldNotice';
import type { IThread, IThreadChange } from '../../src/threads/tokens';

/** Of a thread what a notice needs. */
class Line {
  connected = true;
  readonly changed = new Signal<IThread, IThreadChange>(this as unknown as IThread);

  set(connected: boolean): void {
    this.connected = connected;
    this.changed.emit({ kind: 'connection' } as IThreadChange);
  }
}

function held(connected: boolean): { line: Line; notice: HeldNotice; button: HTMLButtonElement } {
  const line = new Line();
  line.connected = connected;
  const actions = document.createElement('div');
  const button = actions.appendChild(document.createElement('button'));
  const trans = nullTranslator.load('');
  return { line, notice: new HeldNotice(line as unknown as IThread, actions, trans), button };
}

describe('the notice of a decision that cannot be sent', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells it, has nothing else decided meanwhile, and goes with the connection', () => {
    const { line, notice, button } = held(false);
    notice.sent();
    vi.advanceTimersByTime(1000);
    expect(notice.node.textContent).toContain('The server cannot be reached.');
    expect([notice.isHeld, button.disabled]).toEqual([true, true]);
    line.set(true);
    expect([notice.isHeld, notice.node.textContent, button.disabled]).toEqual([false, '', false]);
  });

  it('says nothing when a thread that was idle connects for it', () => {
    const { line, notice } = held(false);
    notice.sent();
    line.set(true);
    vi.advanceTimersByTime(1000);
    expect(notice.isHeld).toBe(false);
  });
});
