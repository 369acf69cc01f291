import { describe, expect, it } from 'vitest';
import { diffLines } from '../../src/threads/diffview';

async function shown(before: string, after: string): Promise<string[]> {
  const sign = { same: ' ', removed: '-', added: '+', gap: '~' };
  return (await diffLines(before, after)).map(({ kind, text }) => sign[kind] + text);
}

const numbered = Array.from({ length: 20 }, (_, i) => `line ${i}`);

describe('the compact diff', () => {
  it('shows a changed line with what is around it', async () => {
    const after = numbered.map((line, i) => (i === 10 ? 'changed' : line)).join('\n');
    expect(await shown(numbered.join('\n'), after)).toEqual([
      '~',
      ' line 8',
      ' line 9',
      '-line 10',
      '+changed',
      ' line 11',
      ' line 12',
      '~'
    ]);
  });

  it('shows lines added at the end', async () => {
    expect(await shown('a\nb', 'a\nb\nc')).toEqual([' a', ' b', '+c']);
  });

  it('shows lines added at the beginning', async () => {
    expect(await shown('b', 'a\nb')).toEqual(['+a', ' b']);
  });

  it('shows a first text', async () => {
    expect((await shown('', 'a\nb')).filter(line => line.startsWith('+'))).toContain('+b');
  });

  it('is empty for the same text', async () => {
    expect(await shown('a\nb', 'a\nb')).toEqual([]);
  });

  it('shows two changes apart with a gap between', async () => {
    const after = numbered.map((line, i) => (i === 3 ? 'x' : i === 16 ? 'y' : line)).join('\n');
    const lines = await shown(numbered.join('\n'), after);
    expect(lines.filter(line => line === '~')).toHaveLength(3);
    expect(lines.filter(line => line.startsWith('+'))).toEqual(['+x', '+y']);
  });
});
