import type { IOutput } from '@jupyterlab/nbformat';
import { describe, expect, it } from 'vitest';
import { headAndTail } from '../../src/notebooks/headAndTail';
import { outputText, screenText, TEXT_LIMIT } from '../../src/notebooks/outputs';

describe('screenText', () => {
  it('leaves out colours and links', () => {
    const text = '\u001b[0;31mred\u001b[0m and \u001b]8;;http://x\u0007link\u001b]8;;\u0007';
    expect(screenText(text)).toBe('red and link');
  });

  it('keeps only the last state of a progress bar', () => {
    expect(screenText('10%\r 50%\r100%\ndone')).toBe('100%\ndone');
  });

  it('keeps what a shorter text does not overwrite, as a terminal does', () => {
    expect(screenText('abcdef\rXY')).toBe('XYcdef');
  });

  it('shows what is left after backspaces', () => {
    expect(screenText('0%\b\b50%\b\b\b100%')).toBe('100%');
    expect(screenText('abc\b\rX')).toBe('Xbc');
  });

  it('takes Windows line ends for line ends', () => {
    expect(screenText('one\r\ntwo\r\n')).toBe('one\ntwo\n');
  });
});

describe('headAndTail', () => {
  it('keeps both ends and says how much is missing', () => {
    const text = headAndTail('a'.repeat(500) + 'b'.repeat(500), 30);
    expect(text).toBe(`${'a'.repeat(20)}\n[... 970 characters left out ...]\n${'b'.repeat(10)}`);
  });
});

const stream = (text: string): IOutput => ({ output_type: 'stream', name: 'stdout', text });

describe('outputText', () => {
  it('takes no longer for blanks and bars of megabytes', () => {
    const blanks = `${' '.repeat(3_000_000)}x`;
    const bar = Array.from(
      { length: 30_000 },
      (_, step) => `\r\u001b[32m${step} ${'#'.repeat(80)}`
    );
    const html = `<p>${' '.repeat(60_000)}end</p>`;
    const before = performance.now();
    expect(outputText([stream(blanks)]).output.endsWith('x')).toBe(true);
    expect(outputText([stream(bar.join(''))]).output).toMatch(/^29999 #{80}$/);
    expect(
      outputText([{ output_type: 'display_data', metadata: {}, data: { 'text/html': html } }])
        .output
    ).toBe('end');
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('joins streams and results in their order', () => {
    const { output } = outputText([
      { output_type: 'stream', name: 'stdout', text: ['one\n', 'two'] },
      {
        output_type: 'execute_result',
        execution_count: 1,
        metadata: {},
        data: { 'text/plain': '42', 'text/html': '<b>42</b>' }
      }
    ]);
    expect(output).toBe('one\ntwo\n42');
  });

  it('gives an error apart from the text', () => {
    const { output, error } = outputText([
      { output_type: 'error', ename: 'KeyError', evalue: "'x'", traceback: ['line'] }
    ]);
    expect({ output, error }).toEqual({
      output: '',
      error: { ename: 'KeyError', evalue: "'x'", traceback: ['line'] }
    });
  });

  it('reads an output that has only HTML, without its scripts', () => {
    const html = '<p>Rows: 3</p><script>alert(1)</script>';
    const { output } = outputText([
      { output_type: 'display_data', metadata: {}, data: { 'text/html': html } }
    ]);
    expect(output).toBe('Rows: 3');
  });

  it('gives images as base64 without line breaks', () => {
    const { images } = outputText([
      { output_type: 'display_data', metadata: {}, data: { 'image/png': 'aGVs\nbG8=\n' } }
    ]);
    expect(images).toEqual([{ mime: 'image/png', data: 'aGVsbG8=' }]);
  });

  it('names an image that is too large instead of cutting it', () => {
    const { output, images } = outputText([
      { output_type: 'display_data', metadata: {}, data: { 'image/png': 'A'.repeat(8_000_000) } }
    ]);
    expect({ output, images }).toEqual({ output: '[image/png, 6 MB, left out]', images: [] });
  });

  it('is bounded for a cell that printed ten megabytes', () => {
    const text = 'x'.repeat(10_000_000);
    const { output } = outputText([{ output_type: 'stream', name: 'stdout', text }]);
    expect(output.length).toBeLessThan(TEXT_LIMIT + 100);
  });

  it('takes what was written to the error stream for an error that says nothing of itself', () => {
    const { error } = outputText([
      { output_type: 'stream', name: 'stdout', text: 'before' },
      {
        output_type: 'stream',
        name: 'stderr',
        text: 'sh: a warning\nls: /nowhere: No such file\n'
      },
      { output_type: 'error', ename: '', evalue: '2', traceback: [] }
    ]);
    expect(error?.evalue).toBe('ls: /nowhere: No such file');
    expect(error?.traceback).toEqual(['sh: a warning\nls: /nowhere: No such file', '2']);
  });

  it('takes what was written for it where a kernel has one stream alone', () => {
    const { error } = outputText([
      { output_type: 'stream', name: 'stdout', text: 'bash: rows: command not found\n' },
      { output_type: 'error', ename: '', evalue: '127', traceback: [] }
    ]);
    expect(error?.evalue).toBe('bash: rows: command not found');
  });
});
