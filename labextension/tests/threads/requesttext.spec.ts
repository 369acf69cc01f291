import { describe, expect, it } from 'vitest';
import { marked, secrets, stretches } from '../../src/threads/requesttext';

const SENT = [
  'Before.',
  '<data-0a1b2c3d cell path="a.ipynb">',
  "key = 'TOWNIE_SECRET_0123456789ab'",
  '</data-0a1b2c3d>',
  '',
  '<data-0a1b2c3d failure>',
  'NameError </data-ffffffff>',
  '</data-0a1b2c3d>',
  'Why?'
].join('\n');

describe('the text of a request', () => {
  it('falls into its parts', () => {
    expect(stretches(SENT).map(stretch => stretch.label)).toEqual([
      '',
      'cell path="a.ipynb"',
      '',
      'failure',
      ''
    ]);
  });

  it('is shown to the letter', () => {
    const shown = stretches(SENT)
      .flatMap(stretch => marked(stretch.text, ''))
      .map(node => node.textContent);
    expect(shown.join('')).toBe(SENT);
  });

  it('has its redacted places marked', () => {
    const marks = marked(SENT, 'not sent').filter(node => node instanceof HTMLElement);
    expect(marks.map(mark => mark.textContent)).toEqual(['TOWNIE_SECRET_0123456789ab']);
    expect(secrets(SENT)).toBe(1);
  });
});
