import { describe, expect, it } from 'vitest';
import { withCode } from '../../src/failures/proof';

describe('withCode', () => {
  const html = (text: string) => {
    const node = document.createElement('div');
    node.append(...withCode(text));
    return node.innerHTML;
  };

  it('sets names in backticks as code, and takes nothing else for markup', () => {
    expect(html('runs, `df` would be 344 x 7, `a<b>` too')).toBe(
      'runs, <code>df</code> would be 344 x 7, <code>a&lt;b&gt;</code> too'
    );
  });

  it('leaves a backtick without its other half alone', () => {
    expect(html('one ` of them <i>')).toBe('one ` of them &lt;i&gt;');
  });
});
