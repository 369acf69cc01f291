import { describe, expect, it } from 'vitest';
import { ThreadInfo } from '../../src/protocol';
import { answerText } from '../../src/threads/answer';
import { matching } from '../../src/threads/search';
import { Thread } from '../../src/threads/thread';
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
