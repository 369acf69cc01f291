import { describe, expect, it } from 'vitest';
import { withLineEndsOf, withLineFeeds } from '../../src/edits/openFiles';

describe('line ends', () => {
  it('come back as the file had them', () => {
    const file = 'a\r\nb\r\n';
    expect(withLineEndsOf(file, withLineFeeds(file).replace('b', 'c'))).toBe('a\r\nc\r\n');
  });

  it('stay line feeds where the file has those', () => {
    expect(withLineEndsOf('a\nb', 'a\nc')).toBe('a\nc');
  });
});
