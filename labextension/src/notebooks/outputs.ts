import type * as nbformat from '@jupyterlab/nbformat';
import { Image, RawError } from '../protocol';
import { boundedError } from './errors';
import { headAndTail } from './headAndTail';

/** UTF-16 code units of text kept of the outputs of one cell; the rest is left out of their middle. */
export const TEXT_LIMIT = 16_000;
/** UTF-16 code units of the outputs of one cell that are read at all: cleaning megabytes would hold up the page. */
const RAW_LIMIT = 16 * TEXT_LIMIT;
/** Images kept of the outputs of one cell, the last ones. */
export const IMAGE_COUNT = 4;
/** Base64 characters that one image may have; a larger one is named instead. */
export const IMAGE_LIMIT = 4_000_000;

export interface IOutputText {
  output: string;
  images: Image[];
  error: RawError | null;
}

// Control sequences of ECMA-48: CSI, OSC and the two-character ones.
const ANSI =
  // eslint-disable-next-line no-control-regex
  /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** The outputs of a cell as bounded plain text, its images, and its error. */
export function outputText(outputs: Iterable<nbformat.IOutput>): IOutputText {
  const texts: string[] = [];
  const images: Image[] = [];
  let error: RawError | null = null;
  let written = '';
  let complaints = '';
  for (const output of outputs) {
    switch (output.output_type) {
      case 'stream':
        texts.push(joined(output.text as nbformat.MultilineString));
        written += texts[texts.length - 1];
        complaints += output.name === 'stderr' ? texts[texts.length - 1] : '';
        break;
      case 'error':
        error = boundedError(output as nbformat.IError);
        break;
      case 'execute_result':
      case 'display_data':
      case 'update_display_data': {
        const text = bundle((output.data ?? {}) as nbformat.IMimeBundle, images);
        if (text) {
          const previous = texts[texts.length - 1];
          texts.push(previous && !previous.endsWith('\n') ? '\n' : '', text, '\n');
        }
        break;
      }
    }
  }
  const shown = screenText(bounded(texts.join(''))).trimEnd();
  const output = headAndTail(shown, TEXT_LIMIT);
  return {
    output,
    images: images.slice(-IMAGE_COUNT),
    error: error && explained(error, complaints || written)
  };
}

/**
 * An error that says nothing of itself, as a shell's exit status, is what the cell wrote to its error stream, or to the
 * only one that it has.
 */
function explained(error: RawError, complaints: string): RawError {
  const said = error.ename || error.traceback?.length ? '' : screenText(bounded(complaints)).trim();
  if (!said) {
    return error;
  }
  const text = headAndTail(said, TEXT_LIMIT / 4);
  const evalue = text.slice(text.lastIndexOf('\n') + 1);
  return { ename: '', evalue, traceback: [text, error.evalue].filter(part => part) };
}

/** What is read of a text: its ends, and of a line that overwrites itself its last states. */
function bounded(text: string): string {
  if (text.length <= RAW_LIMIT) {
    return text;
  }
  const lines = text.split('\n').map(line => {
    const from = line.length > TEXT_LIMIT ? line.indexOf('\r', line.length - TEXT_LIMIT) : -1;
    return from < 0 ? line : line.slice(from);
  });
  return headAndTail(lines.join('\n'), RAW_LIMIT);
}

function bundle(data: nbformat.IMimeBundle, images: Image[]): string {
  for (const mime of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    if (data[mime] !== undefined) {
      const base64 = joined(data[mime] as nbformat.MultilineString).replace(/\s/g, '');
      if (base64.length > IMAGE_LIMIT) {
        return `[${mime}, ${Math.round((base64.length * 3) / 4e6)} MB, left out]`;
      }
      images.push({ mime, data: base64 });
      break;
    }
  }
  for (const mime of ['text/plain', 'text/markdown', 'text/latex']) {
    if (data[mime] !== undefined) {
      return joined(data[mime] as nbformat.MultilineString);
    }
  }
  if (data['text/html'] !== undefined) {
    const html = joined(data['text/html'] as nbformat.MultilineString).slice(0, 4 * TEXT_LIMIT);
    const page = new DOMParser().parseFromString(html, 'text/html');
    page.querySelectorAll('script, style').forEach(node => node.remove());
    const lines = (page.body.textContent ?? '').split('\n');
    return lines
      .map(line => line.trim())
      .filter(line => line)
      .join('\n');
  }
  const mimes = Object.keys(data);
  return images.length || !mimes.length ? '' : `[${mimes[0]}]`;
}

function joined(text: nbformat.MultilineString | undefined): string {
  return Array.isArray(text) ? text.join('') : String(text ?? '');
}

/** What a terminal would show of a text: no colours, and of a progress bar only its last state. */
export function screenText(text: string): string {
  const plain = text.replace(ANSI, '').replace(/\r\n/g, '\n');
  if (!/[\r\b]/.test(plain)) {
    return plain;
  }
  return plain
    .split('\n')
    .map(line => (/[\r\b]/.test(line) ? overwritten(line) : line))
    .join('\n');
}

function overwritten(line: string): string {
  if (line.includes('\b')) {
    return backspaced(line);
  }
  let shown = '';
  for (const part of line.split('\r')) {
    shown = part + shown.slice(part.length);
  }
  return shown.trimEnd();
}

function backspaced(line: string): string {
  const shown: string[] = [];
  let column = 0;
  for (const unit of line.split('')) {
    if (unit === '\r') {
      column = 0;
    } else if (unit === '\b') {
      column = Math.max(0, column - 1);
    } else {
      shown[column++] = unit;
    }
  }
  return shown.join('').trimEnd();
}
