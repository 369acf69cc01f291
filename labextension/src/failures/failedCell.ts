import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import { errorOf } from '../notebooks/snapshot';
import { RawError } from '../protocol';

/** The name under which the death of a kernel is told as an error. */
export const DIED = 'KernelDied';

/** Errors that say what the user or the code meant to happen, so that there is nothing to fix or to explain. */
const INTENDED = new Set(['KeyboardInterrupt', 'SystemExit']);

/** Characters of a stream's end in which the error of a thread is looked for. */
const STREAM_END = 20_000;
const THREAD = /^Exception in thread [^\n]*\n(?:Traceback \(most recent call last\):\n)?/gm;
// eslint-disable-next-line no-control-regex
const ANSI = /\x1b\[[0-9;]*m/g;

/** The error among the outputs of a cell that help can be offered for, or null. */
export function failureOf(outputs: IOutputAreaModel): RawError | null {
  const error = errorOf(outputs) ?? printedErrorOf(outputs);
  return error && offersHelp(error) ? error : null;
}

export function offersHelp(error: RawError): boolean {
  // Some kernels give the name with its module.
  return !INTENDED.has(error.ename.split('.').pop() ?? '');
}

/** The error that is below a cell as text alone: of a thread, or a group of errors, whose traceback IPython prints. */
function printedErrorOf(outputs: IOutputAreaModel): RawError | null {
  for (let index = outputs.length - 1; index >= 0; index--) {
    const output = outputs.get(index).toJSON();
    if (output.output_type === 'stream' && output.name === 'stderr') {
      const text = [output.text].flat().join('');
      const found = threadErrorIn(text) ?? groupErrorIn(text);
      if (found) {
        return found;
      }
    }
  }
  return null;
}

export function threadErrorIn(text: string): RawError | null {
  const end = text.slice(-STREAM_END);
  const begins = Array.from(end.matchAll(THREAD)).pop();
  if (!begins) {
    return null;
  }
  const lines = end.slice(begins.index).split('\n');
  // Frames are indented; the first line that is not names the error.
  const place = lines.findIndex((line, index) => index > 1 && /^[\w.]+(?::|$)/.test(line));
  const [, name, value] = /^([\w.]+)(?:: ?(.*))?$/.exec(lines[place] ?? '') ?? [];
  if (!name) {
    return null;
  }
  return {
    ename: name.split('.').pop() ?? name,
    evalue: value ?? '',
    traceback: lines.slice(1, place + 1)
  };
}

export function groupErrorIn(text: string): RawError | null {
  const end = text.slice(-STREAM_END);
  const begins = /^ {2}\+ Exception Group Traceback/m.exec(end);
  if (!begins) {
    return null;
  }
  const traceback = end.slice(begins.index).trimEnd().split('\n');
  const named = traceback
    .map(line => /^ {2}\| ([\w.]+)(?:: ?(.*))?$/.exec(line))
    .find(found => found);
  return named ? { ename: named[1], evalue: named[2] ?? '', traceback } : null;
}

/** Which execution of a cell a traceback ends in, by IPython's own words; null when it names none. */
export function cellCountOf(traceback: readonly string[]): number | null {
  const text = traceback.join('\n').replace(ANSI, '');
  const found = Array.from(text.matchAll(/(?:Cell In|Input In) ?\[(\d+)\]/g)).pop();
  return found ? Number(found[1]) : null;
}
