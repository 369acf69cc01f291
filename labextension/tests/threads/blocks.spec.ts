import { describe, expect, it } from 'vitest';
import { BlockSplitter, linkDefinitions } from '../../src/threads/blocks';

function split(text: string, chunk = text.length): string[] {
  const splitter = new BlockSplitter();
  const blocks: string[] = [];
  for (let end = chunk; end < text.length + chunk; end += chunk) {
    const seen = text.slice(0, end);
    blocks.push(...splitter.advance(seen, end >= text.length).map(([a, b]) => text.slice(a, b)));
  }
  return blocks;
}

const SAMPLES: Record<string, [string, string[]]> = {
  'paragraphs apart': ['One.\n\nTwo\nlines.\n\nThree', ['One.\n\n', 'Two\nlines.\n\n', 'Three']],
  'a heading alone': [
    '# Title\nText\n\n## Next\n\nMore',
    ['# Title\n', 'Text\n\n', '## Next\n', '\nMore']
  ],
  'a fence with blank lines together': [
    '```py\na\n\nb\n```\n\nText',
    ['```py\na\n\nb\n```\n\n', 'Text']
  ],
  'a longer fence around a shorter one together': [
    '````\n```\n\nx\n```\n\n````\n\nText',
    ['````\n```\n\nx\n```\n\n````\n\n', 'Text']
  ],
  'a loose list together': [
    '- one\n\n- two\n\n  more\n\nText',
    ['- one\n\n- two\n\n  more\n\n', 'Text']
  ],
  'a fence inside a list with its list': [
    '1. Run\n\n   ```sh\n   ls\n\n   pwd\n   ```\n\n2. Done\n\nText',
    ['1. Run\n\n   ```sh\n   ls\n\n   pwd\n   ```\n\n2. Done\n\n', 'Text']
  ],
  'display maths with blank lines together': [
    '$$\na\n\nb\n$$\n\nText',
    ['$$\na\n\nb\n$$\n\n', 'Text']
  ],
  'an environment together': [
    '\\begin{align}\na\n\nb\n\\end{align}\n\nText',
    ['\\begin{align}\na\n\nb\n\\end{align}\n\n', 'Text']
  ],
  'raw HTML together': [
    '<details>\n<summary>S</summary>\n\nInside\n\n</details>\n\nText',
    ['<details>\n<summary>S</summary>\n\nInside\n\n</details>\n\n', 'Text']
  ],
  'a table together': [
    '| a | b |\n|---|---|\n| 1 | 2 |\n\nText',
    ['| a | b |\n|---|---|\n| 1 | 2 |\n\n', 'Text']
  ],
  'nothing for blank text': ['\n\n  \n', []]
};

describe('cutting Markdown into blocks', () => {
  for (const [name, [text, blocks]] of Object.entries(SAMPLES)) {
    it(`keeps ${name}, in one piece or letter by letter`, () => {
      expect(split(text)).toEqual(blocks);
      expect(split(text, 1)).toEqual(blocks);
    });
  }

  it('loses no character, wherever the chunks end', () => {
    const text = Object.values(SAMPLES)
      .map(([sample]) => sample.trim())
      .join('\n\n');
    for (const chunk of [1, 2, 3, 7, 12, 40]) {
      expect(split(text, chunk).join('')).toBe(text);
    }
  });

  it('cuts a megabyte without a blank line into pieces that can be laid out', () => {
    const text = 'A word and another. '.repeat(50_000);
    const blocks = split(text, 50_000);
    expect(blocks.join('')).toBe(text);
    expect(Math.max(...blocks.map(block => block.length))).toBeLessThanOrEqual(8_000);
  });

  it('cuts a very long list between two items', () => {
    const text = Array.from({ length: 200 }, (_, i) => `${i + 1}. item number ${i + 1}\n`).join('');
    const blocks = split(text, 12);
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.every(block => /^\d+\. /.test(block))).toBe(true);
  });

  it('finds link definitions, which every block needs', () => {
    expect(linkDefinitions('See [a].\n\n[a]: https://a.example\n')).toBe('[a]: https://a.example');
    expect(linkDefinitions('x[0]: y')).toBe('');
  });
});
