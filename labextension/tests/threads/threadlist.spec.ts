import { describe, expect, it } from 'vitest';
import { ThreadInfo } from '../../src/protocol';
import { answerText } from '../../src/threads/answer';
import { matching } from '../../src/threads/search';
import { Thread } from '../../src/threads/thread';
import { arrange } from '../../src/threads/threadrow';
import { log, started } from './events';

const info = (title: string, path: string | null = null): ThreadInfo => ({
  id: title,
  title,
  path,
  created: 0,
  updated: 0
});

describe('searching chats', () => {
  const threads = [info('Plot penguins', 'tour.ipynb'), info('Clean the data'), info('Plot trees')];

  it('finds by every word, in title or notebook', () => {
    expect(matching(threads, 'plot TOUR').map(({ title }) => title)).toEqual(['Plot penguins']);
  });

  it('gives all for nothing', () => {
    expect(matching(threads, ' ')).toHaveLength(3);
  });
});

describe('putting the rows of a list in order', () => {
  const rowsOf = (...names: string[]) =>
    names.map(name => {
      const row = document.createElement('li');
      row.append(Object.assign(document.createElement('button'), { textContent: name }));
      return row;
    });
  const textOf = (list: HTMLElement) => [...list.children].map(row => row.textContent).join('');

  it('takes in what is new, and what is gone away, around the row that has the focus', () => {
    const list = document.body.appendChild(document.createElement('ul'));
    const [a, b, c, d, e] = rowsOf('a', 'b', 'c', 'd', 'e');
    arrange(list, [a, b, c, d]);
    expect(textOf(list)).toBe('abcd');
    const focused = b.querySelector('button');
    focused?.focus();
    arrange(list, [e, d, b, a]);
    expect(textOf(list)).toBe('edba');
    expect(document.activeElement).toBe(focused);
    arrange(list, [d, a]);
    expect(textOf(list)).toBe('da');
    list.remove();
  });
});

describe('copying an answer', () => {
  it('puts code in fences again, longer ones where the code holds fences', () => {
    const thread = new Thread('t', () => undefined);
    thread.load(
      log(
        started(),
        { type: 'part_started', turn: 't1', part: 0, kind: 'thinking' },
        { type: 'text', turn: 't1', part: 0, offset: 0, text: 'hm' },
        { type: 'part_started', turn: 't1', part: 1, kind: 'prose' },
        { type: 'text', turn: 't1', part: 1, offset: 0, text: 'Here:\n\n' },
        { type: 'part_started', turn: 't1', part: 2, kind: 'code', language: 'md' },
        { type: 'text', turn: 't1', part: 2, offset: 0, text: '```\nx\n```\n' }
      )
    );
    expect(answerText(thread.turns[0])).toBe('Here:\n\n````md\n```\nx\n```\n````');
  });
});
