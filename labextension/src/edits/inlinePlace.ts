import type { Attachment, Binding, Selection } from '../protocol';
import { PathExt } from '@jupyterlab/coreutils';

/** The cell or file that an inline edit is asked for. */
export interface IInlineTarget {
  readonly kind: 'notebook' | 'file';
  readonly path: string;
  readonly cellId: string | null;
  /** The cell in the user's words, "cell [3]". */
  readonly label?: string | null;
  readonly kernelId: string | null;
}

/** What a turn about a place in a source is bound to. */
export function inlineBinding(
  { kind, path, cellId, kernelId }: IInlineTarget,
  selection: Selection
): Binding {
  return { kind, path, cell_id: cellId, after: cellId, kernel_id: kernelId, selection };
}

/**
 * What the model is shown: the document, and the places with their line numbers, because the same lines may be there
 * twice. A cursor stands for its line.
 */
export function inlineAttachments(
  { kind, path, cellId, label }: IInlineTarget,
  source: string,
  selections: readonly Selection[]
): Attachment[] {
  const name = PathExt.basename(path);
  const attachments: Attachment[] =
    kind === 'notebook'
      ? [
          { kind: 'notebook', ref: path, label: name, path },
          { kind: 'cell', ref: cellId ?? '', label: label ?? 'cell', path }
        ]
      : [{ kind: 'file', ref: path, label: name, path }];
  const places = selections.map(selection => placeOf(source, selection));
  attachments.push({
    kind: 'selection',
    ref: cellId ?? path,
    label: places.length === 1 ? places[0].label : `${places.length} places`,
    path,
    text: places.map(({ text }) => text).join('\n')
  });
  return attachments;
}

function placeOf(source: string, { start, end }: Selection): { label: string; text: string } {
  const { first, last, from, to } = linesAt(source, start, end);
  const cursor = start === end;
  const where = cursor
    ? `The cursor is in line ${first}:`
    : first === last
      ? `Selected in line ${first}:`
      : `Selected, lines ${first} to ${last}:`;
  return {
    label: first === last ? `line ${first}` : `lines ${first}–${last}`,
    text: `${where}\n${cursor ? source.slice(from, to) : source.slice(start, end)}`
  };
}

/** The lines that a range touches, counted from 1; a range that ends at the start of a line does not touch it. */
export function linesAt(
  source: string,
  start: number,
  end: number
): { first: number; last: number; from: number; to: number } {
  const stop = end > start && source[end - 1] === '\n' ? end - 1 : end;
  const from = source.lastIndexOf('\n', start - 1) + 1;
  const next = source.indexOf('\n', stop);
  const first = source.slice(0, start).split('\n').length;
  return {
    first,
    last: first + source.slice(start, stop).split('\n').length - 1,
    from: start === 0 ? 0 : from,
    to: next < 0 ? source.length : next
  };
}
