import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../src/apps/messages';
import { Stage } from '../../src/apps/stage';

let stage: Stage;
let faults: Fault[];
let swaps: number;
let hangs: (string | null)[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  faults = [];
  swaps = 0;
  hangs = [];
  stage = new Stage({
    title: 'Generated app: Hello',
    hear: () => undefined,
    fault: fault => faults.push(fault),
    answered: () => undefined,
    swapped: () => swaps++,
    stopped: () => undefined,
    hangs: why => hangs.push(why),
    expired: () => undefined,
    refused: () => undefined
  });
  document.body.append(stage.node);
});

afterEach(() => {
  stage.dispose();
  stage.node.remove();
  vi.useRealTimers();
});

const frames = () => Array.from(stage.node.querySelectorAll('iframe'));
const arrived = () => new Promise(resolve => setImmediate(resolve));

/** The wrapper in a frame hands over the port of a document; what the app says on it. */
function begin(frame: HTMLIFrameElement, document: string): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const event = new MessageEvent('message', {
    data: { townie: 1, event: 'document', document },
    source: frame.contentWindow,
    origin: window.location.origin
  });
  Object.defineProperty(event, 'ports', { value: [port2] });
  window.dispatchEvent(event);
  return port1;
}

describe('Stage', () => {
  it('shows the first page from its first byte on', () => {
    stage.load('about:blank');
    expect(frames()).toHaveLength(1);
    expect(swaps).toBe(1);
  });

  it('keeps the page in sight until the next one is ready', async () => {
    stage.load('about:blank');
    const [before] = frames();
    stage.load('about:blank');
    const after = frames().find(frame => frame !== before)!;
    // The one in sight lies above the one that loads.
    expect(frames()).toEqual([after, before]);
    begin(after, 'd2').postMessage({ v: 1, kind: 'ready' });
    await arrived();
    await arrived();
    expect(frames()).toEqual([after]);
  });

  it('waits three seconds for the next page and no longer', () => {
    stage.load('about:blank');
    const [before] = frames();
    stage.load('about:blank');
    vi.advanceTimersByTime(2700);
    begin(frames()[0], 'd2');
    vi.advanceTimersByTime(200);
    expect(frames()).toContain(before);
    vi.advanceTimersByTime(200);
    expect(frames()).not.toContain(before);
  });

  it('begins anew when the next page does not say a word, as behind a page that hangs', () => {
    stage.load('about:blank');
    stage.load('about:blank');
    const before = frames();
    vi.advanceTimersByTime(3100);
    expect(frames()).toHaveLength(0);
    vi.advanceTimersByTime(500);
    expect(frames()).toHaveLength(1);
    expect(before).not.toContain(frames()[0]);
  });

  it('loads only the newest of several pages', () => {
    stage.load('about:blank');
    stage.load('about:blank');
    stage.load('about:blank');
    expect(frames()).toHaveLength(2);
  });

  it('tells once of a page that does not answer', async () => {
    stage.setVisible(true);
    stage.load('about:blank');
    begin(frames()[0], 'd1');
    vi.advanceTimersByTime(30_000);
    expect(faults.map(fault => fault.kind)).toEqual(['hang']);
  });

  it('shows a page again that answers again', async () => {
    stage.setVisible(true);
    stage.load('about:blank');
    const port = begin(frames()[0], 'd1');
    vi.advanceTimersByTime(9000);
    expect(hangs).toEqual(['hung']);
    port.postMessage({ v: 1, kind: 'pong' });
    await arrived();
    await arrived();
    expect(hangs).toEqual(['hung', null]);
  });

  it('tells of the memory of a page that has taken much and does not answer any more', async () => {
    stage.setVisible(true);
    stage.load('about:blank');
    const port = begin(frames()[0], 'd1');
    port.postMessage({ v: 1, kind: 'pong', memory: 2_900_000_000 });
    await arrived();
    await arrived();
    vi.advanceTimersByTime(9000);
    expect(hangs).toEqual(['memory']);
    expect(faults).toMatchObject([{ kind: 'hang', name: 'TooMuchMemory' }]);
    expect(faults[0].message).toContain('2.9 GB');
  });

  it('tells of a page that hangs where it was and what was done in it last', async () => {
    stage.setVisible(true);
    stage.load('about:blank');
    const port = begin(frames()[0], 'd1');
    port.postMessage({ v: 1, kind: 'at', url: 'app.js' });
    port.postMessage({ v: 1, kind: 'at', after: 'click on button "Go"' });
    await arrived();
    await arrived();
    vi.advanceTimersByTime(9000);
    expect(faults).toMatchObject([{ kind: 'hang', url: 'app.js', after: 'click on button "Go"' }]);
  });

  it('does not take what was done long before for the cause', async () => {
    stage.setVisible(true);
    stage.load('about:blank');
    const port = begin(frames()[0], 'd1');
    port.postMessage({ v: 1, kind: 'at', after: 'click on button "Go"' });
    await arrived();
    await arrived();
    for (let seconds = 0; seconds < 20; seconds += 1) {
      vi.advanceTimersByTime(1000);
      port.postMessage({ v: 1, kind: 'pong' });
      await arrived();
    }
    expect(faults).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(faults).toMatchObject([{ kind: 'hang', after: '' }]);
  });

  it('tells once of a page of which nothing comes', () => {
    stage.setVisible(true);
    stage.load('about:blank');
    vi.advanceTimersByTime(10_000);
    expect(faults).toEqual([]);
    vi.advanceTimersByTime(30_000);
    expect(faults.map(fault => fault.kind)).toEqual(['hang']);
  });

  it('does not ask a page that nobody can see for signs of life', () => {
    stage.setVisible(false);
    stage.load('about:blank');
    begin(frames()[0], 'd1');
    vi.advanceTimersByTime(30_000);
    expect(faults).toEqual([]);
  });

  it('takes a page that hangs away before it loads the next, which would wait in its process', () => {
    stage.setVisible(true);
    stage.load('about:blank');
    begin(frames()[0], 'd1');
    vi.advanceTimersByTime(10_000);
    stage.load('about:blank');
    expect(frames()).toHaveLength(0);
    vi.advanceTimersByTime(500);
    expect(frames()).toHaveLength(1);
  });
});
