import { describe, expect, it } from 'vitest';
import { Inbox } from '../../src/apps/inbox';
import { LONGEST_TEXT, readMessage } from '../../src/apps/messages';

const error = (message: string, more = {}) => ({ v: 1, kind: 'error', message, ...more });

describe('readMessage', () => {
  it('takes a report with the fields that it knows, and no other', () => {
    const message = readMessage(error('bad', { line: 3, html: '<b>', stack: 'at app.js:3' }));
    expect(message).toMatchObject({
      kind: 'fault',
      report: { kind: 'error', message: 'bad', line: 3, stack: 'at app.js:3' }
    });
    expect(JSON.stringify(message)).not.toContain('html');
  });

  it.each([
    null,
    'text',
    42,
    [],
    {},
    { v: 1 },
    { v: 2, kind: 'ready' },
    { v: 1, kind: 'unknown' },
    { v: 1, kind: 'constructor' },
    { v: 1, kind: '__proto__' },
    { v: 1, kind: 'toString' },
    { v: 1, kind: 'open', url: 7 },
    { v: 1, kind: { toString: () => 'ready' } }
  ])('drops what is no message: %j', data => {
    expect(readMessage(data)).toBeNull();
  });

  it.each(['constructor', '__proto__', 'toString'])('knows no log level of the name %s', level => {
    expect(readMessage({ v: 1, kind: 'log', level, message: 'x' })).toEqual({
      kind: 'log',
      level: 'log',
      text: 'x'
    });
  });

  it('takes texts of any other type for empty, and numbers only when they are finite', () => {
    expect(
      readMessage(error({ toString: () => 'x' } as never, { line: Infinity, url: 5 }))
    ).toEqual({
      kind: 'fault',
      report: expect.objectContaining({ message: '', line: null, url: '' })
    });
  });

  it('cuts long texts', () => {
    const message = readMessage(error('x'.repeat(100_000)));
    expect(message?.kind === 'fault' && message.report.message.length).toBe(LONGEST_TEXT);
  });
});

describe('a look', () => {
  it('has a picture that is whole or none', () => {
    const look = {
      v: 1,
      kind: 'look',
      id: 'a',
      tree: '- button',
      image: 'data:image/png;base64,AA=='
    };
    expect(readMessage(look)).toEqual({ ...look, v: undefined, problem: '' });
    const large = readMessage({ ...look, image: 'x'.repeat(2_000_000) });
    expect(large).toMatchObject({ image: '', tree: '- button' });
    expect(readMessage({ ...look, image: { length: 1 } })).toMatchObject({ image: '' });
  });
});

describe('Inbox', () => {
  it('passes on twenty messages a second and no more once a burst is spent', () => {
    let now = 0;
    const inbox = new Inbox(() => now);
    const taken = () => {
      let count = 0;
      for (let index = 0; index < 1000; index++) {
        count += inbox.take({ v: 1, kind: 'log', message: 'x' }) ? 1 : 0;
      }
      return count;
    };
    expect(taken()).toBe(40);
    now = 1000;
    expect(taken()).toBe(20);
    expect(inbox.dropped).toBe(1940);
  });

  it('passes on at most 200 faults of one document', () => {
    let now = 0;
    const inbox = new Inbox(() => now);
    let count = 0;
    for (let index = 0; index < 500; index++) {
      now += 1000;
      count += inbox.take(error(String(index))) ? 1 : 0;
    }
    expect(count).toBe(200);
  });

  it('passes on at most 64 KB of faults of one document', () => {
    let now = 0;
    const inbox = new Inbox(() => now);
    let characters = 0;
    for (let index = 0; index < 100; index++) {
      now += 1000;
      const message = inbox.take(error('x'.repeat(4000)));
      characters += message?.kind === 'fault' ? message.report.message.length : 0;
    }
    expect(characters).toBeGreaterThan(60_000);
    expect(characters).toBeLessThanOrEqual(64 * 1024);
  });

  it('believes a document only once that it is ready', () => {
    const inbox = new Inbox();
    expect(inbox.take({ v: 1, kind: 'ready' })).not.toBeNull();
    expect(inbox.take({ v: 1, kind: 'ready' })).toBeNull();
  });
});
