import { afterEach, describe, expect, it } from 'vitest';
import { Frame } from '../../src/apps/frame';
import { AppMessage } from '../../src/apps/messages';

const frames: Frame[] = [];
const heard: [string, AppMessage][] = [];
const events: string[] = [];

function make(): Frame {
  const frame = new Frame({
    view: 'about:blank',
    title: 'Generated app: Hello',
    heard: (frame, message) => heard.push([frame.document, message]),
    began: frame => events.push(`began ${frame.document}`),
    looped: () => events.push('looped'),
    left: (_, url) => events.push(`left for ${url}`),
    stopped: () => events.push('stopped'),
    refused: (_, message) => events.push(`refused ${message}`)
  });
  document.body.append(frame.node);
  frames.push(frame);
  return frame;
}

afterEach(() => {
  frames.splice(0).forEach(frame => frame.dispose());
  heard.length = events.length = 0;
});

function send(frame: Frame, data: unknown, more: Partial<MessageEventInit> = {}): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const event = new MessageEvent('message', {
    data,
    source: frame.node.contentWindow,
    origin: window.location.origin,
    ...more
  });
  Object.defineProperty(event, 'ports', { value: [port2] });
  window.dispatchEvent(event);
  return port1;
}

const begin = (document: string) => ({ townie: 1, event: 'document', document });
const settled = () => new Promise(resolve => setTimeout(resolve, 20));

describe('Frame', () => {
  it('listens to the port that its wrapper hands over', async () => {
    const port = send(make(), begin('d1'));
    port.postMessage({ v: 1, kind: 'title', title: 'Hi' });
    await settled();
    expect(events).toEqual(['began d1']);
    expect(heard).toEqual([['d1', { kind: 'title', title: 'Hi' }]]);
  });

  it('tells where a page wanted to go that was stopped', () => {
    send(make(), { townie: 1, event: 'left', url: 'https://example.com/' });
    expect(events).toEqual(['left for https://example.com/']);
  });

  it('takes no port from another window', () => {
    send(make(), begin('d1'), { source: window });
    expect(events).toEqual([]);
  });

  it('takes no port from another origin, as that of the app is', () => {
    send(make(), begin('d1'), { origin: 'null' });
    expect(events).toEqual([]);
  });

  it('hears nothing more of a document whose place another has taken', async () => {
    const frame = make();
    const first = send(frame, begin('d1'));
    send(frame, begin('d2'));
    first.postMessage({ v: 1, kind: 'title', title: 'late' });
    await settled();
    expect(heard).toEqual([]);
    expect(frame.document).toBe('d2');
  });

  it('says why the wrapper does not show the app', () => {
    send(make(), { townie: 1, event: 'refused', message: 'A proxy removes the headers.' });
    expect(events).toEqual(['refused A proxy removes the headers.']);
  });
});
