import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { pythonLanguage } from '@codemirror/lang-python';
import { describe, expect, it } from 'vitest';
import { Highlighter } from '../../src/threads/highlight';

const languages = {
  findBest: (name: string) => (name === 'python' ? { support: { language: pythonLanguage } } : null)
} as unknown as IEditorLanguageRegistry;

const CODE = Array.from(
  { length: 60 },
  (_, i) => `def function_${i}(x):\n    """Doc\n    ${i}"""\n    return x + ${i}  # comment\n`
).join('');

async function coloured(batches: number): Promise<string> {
  const highlighter = await Highlighter.for(languages, 'python');
  const host = document.createElement('div');
  const lines = CODE.split(/(?<=\n)/);
  const size = Math.ceil(lines.length / batches);
  for (let at = 0, from = 0; at < lines.length; at += size) {
    const to = from + lines.slice(at, at + size).join('').length;
    const part = highlighter?.highlight(CODE.slice(0, to), from, to);
    host.append(part ?? 'missing');
    from = to;
  }
  // Where a batch ends inside a token, its colour goes on in a second element.
  return host.innerHTML.replace(/<\/span><span class="tok-string">/g, '');
}

describe('colouring code in batches of lines', () => {
  it('gives the same colours as colouring it at once', async () => {
    const whole = await coloured(1);
    expect(whole).toContain('<span class="tok-keyword">def</span>');
    expect(await coloured(10)).toBe(whole);
  });

  it('loses no character', async () => {
    const host = document.createElement('div');
    host.innerHTML = await coloured(7);
    expect(host.textContent).toBe(CODE);
  });

  it('leaves a language that JupyterLab does not know plain', async () => {
    expect(await Highlighter.for(languages, 'klingon')).toBeNull();
  });
});
