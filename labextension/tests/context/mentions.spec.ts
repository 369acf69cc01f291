import { describe, expect, it } from 'vitest';
import { complete, IMentioned, mentionAt, rank } from '../../src/context/mentions';

const one = (text: string, group: string, description = ''): IMentioned => ({
  text,
  label: `@${text}`,
  description,
  group,
  attachment: { kind: 'file', ref: text, label: text }
});

describe('a mention', () => {
  it('is what stands between @ and the cursor', () => {
    expect(mentionAt('look at @pen and', 12)).toEqual({ from: 8, to: 12, query: 'pen' });
  });

  it('may be empty, at the start, or after a bracket', () => {
    expect(mentionAt('@', 1)?.query).toBe('');
    expect(mentionAt('(@x', 3)?.query).toBe('x');
  });

  it('is not an address', () => {
    expect(mentionAt('me@example.org', 14)).toBeNull();
  });

  it('ends at a space', () => {
    expect(mentionAt('@pen ', 5)).toBeNull();
  });

  it('is completed in place, with one space after it', () => {
    const text = 'plot @pe please';
    const mention = mentionAt(text, 8);
    expect(mention && complete(text, mention, 'penguins')).toEqual({
      text: 'plot @penguins please',
      cursor: 15
    });
  });

  it('replaces the rest of a name that the cursor stands in', () => {
    const mention = mentionAt('@penxyz', 4);
    expect(mention && complete('@penxyz', mention, 'penguins').text).toBe('@penguins ');
  });
});

describe('ranking what can be mentioned', () => {
  it('puts beginnings before the middle, in each group and among the groups', () => {
    const found = [one('data/df.csv', 'Files'), one('my_df', 'Names'), one('df', 'Names')];
    expect(rank(found, 'df').map(({ text }) => text)).toEqual(['df', 'my_df', 'data/df.csv']);
  });

  it('finds by what a cell says', () => {
    expect(rank([one('cell[3]', 'Cells', 'import pandas')], 'pandas')).toHaveLength(1);
  });

  it('leaves out what does not match and what is too much', () => {
    const found = Array.from({ length: 30 }, (_, i) => one(`name${i}`, 'Names'));
    expect(rank([...found, one('other', 'Names')], 'name')).toHaveLength(8);
  });
});
