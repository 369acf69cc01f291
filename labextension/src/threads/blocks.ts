/** Where a block of Markdown that is still being written may be cut off for good; offsets are UTF-16 code units. */

/** A block of this length is cut at the next place that does little harm. */
const LONG = 2_000;
/** A block of this length is cut wherever a line, a sentence or a word ends. */
const TOO_LONG = 8_000;

const FENCE = /^ {0,3}(?:[-*+] +|\d{1,9}[.)] +|> ?)*(`{3,}|~{3,})/;
const NESTED_FENCE = /^\s*(?:[-*+] +|\d{1,9}[.)] +|> ?)*(`{3,}|~{3,})/;
const ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/;
const RAW = /<(\/?)(details|div|table|section|article|figure|ul|ol|dl|pre|center)\b/gi;

/**
 * Cuts growing Markdown into blocks that render the same alone as together.
 *
 * A block ends at a blank line, unless the blank line is inside a fence, display maths, raw HTML or a list that goes on.
 * What has once been given out as finished never changes.
 */
export class BlockSplitter {
  /** Where the open block begins. */
  get start(): number {
    return this._start;
  }

  /** Read what was added to `text`, and give the ranges of the blocks that it finished. */
  advance(text: string, complete = false): [number, number][] {
    const finished: [number, number][] = [];
    for (;;) {
      const end = text.indexOf('\n', this._line);
      if (end < 0) {
        break;
      }
      this._readLine(text, text.slice(this._line, end), end + 1, finished);
      this._line = end + 1;
    }
    this._cutLong(text, finished);
    if (complete) {
      if (text.length > this._line) {
        this._readLine(text, text.slice(this._line), text.length, finished);
        this._line = text.length;
      }
      this._cut(text, text.length, finished);
    }
    return finished;
  }

  private _readLine(text: string, line: string, next: number, finished: [number, number][]): void {
    const blank = line.trim() === '';
    if (this._fence) {
      const close = NESTED_FENCE.exec(line) ?? /^\s*(`{3,}|~{3,})/.exec(line);
      const mark = close?.[1];
      if (mark && mark[0] === this._fence[0] && mark.length >= this._fence.length) {
        if (line.slice(line.indexOf(mark) + mark.length).trim() === '') {
          this._fence = '';
        }
      }
      return;
    }
    if (this._maths) {
      if (line.includes(this._maths)) {
        this._maths = '';
      }
      return;
    }
    if (blank) {
      this._blank = this._line > this._start || this._list;
      if (this._blank && !this._list && this._raw <= 0) {
        this._cut(text, next, finished);
      }
      return;
    }
    const item = ITEM.test(line);
    const indented = /^(?: {2,}|\t)/.test(line);
    if (this._list && this._blank && !item && !indented && this._raw <= 0) {
      this._cut(text, this._line, finished);
    } else if (this._list && item && this._raw <= 0 && this._line - this._start > LONG) {
      this._cut(text, this._line, finished);
    } else if (HEADING.test(line) && !this._list && this._raw <= 0) {
      this._cut(text, this._line, finished);
    }
    this._blank = false;
    this._list = this._list || (item && this._line === this._start) || (item && !this._quoted);
    this._quoted = line.startsWith('>');
    const fence = (this._list ? NESTED_FENCE : FENCE).exec(line);
    if (fence) {
      const info = line.slice(fence[0].length);
      if (fence[1][0] !== '`' || !info.includes('`')) {
        this._fence = fence[1];
        return;
      }
    }
    this._maths = opensMaths(line);
    for (const tag of line.matchAll(RAW)) {
      this._raw += tag[1] ? -1 : 1;
    }
    if (HEADING.test(line) && !this._list && this._raw <= 0) {
      this._cut(text, next, finished);
    }
  }

  private _cut(text: string, end: number, finished: [number, number][]): void {
    if (end > this._start) {
      if (text.slice(this._start, end).trim() !== '') {
        finished.push([this._start, end]);
      }
      this._start = end;
    }
    this._list = false;
    this._blank = false;
    this._quoted = false;
    this._raw = 0;
    this._fence = '';
    this._maths = '';
  }

  /** A reply of a megabyte without a blank line must not be laid out again with each word. */
  private _cutLong(text: string, finished: [number, number][]): void {
    while (text.length - this._start > TOO_LONG) {
      const window = text.slice(this._start, this._start + TOO_LONG);
      const at = Math.max(window.lastIndexOf('\n') + 1, 0) || lastSentence(window) || TOO_LONG;
      const fence = this._fence;
      this._cut(text, this._start + at, finished);
      this._fence = fence;
      this._line = Math.max(this._line, this._start);
    }
  }

  private _start = 0;
  private _line = 0;
  private _fence = '';
  private _maths = '';
  private _list = false;
  private _blank = false;
  private _quoted = false;
  private _raw = 0;
}

/** What closes the display maths that a line opens, or nothing. */
function opensMaths(line: string): string {
  const dollars = line.split('$$').length - 1;
  if (dollars % 2 === 1) {
    return '$$';
  }
  const open = line.lastIndexOf('\\[');
  if (open >= 0 && line.indexOf('\\]', open) < 0 && line.trim().startsWith('\\[')) {
    return '\\]';
  }
  const environment = /\\begin\{([a-z]+\*?)\}/.exec(line);
  if (environment && !line.includes(`\\end{${environment[1]}}`)) {
    return `\\end{${environment[1]}}`;
  }
  return '';
}

function lastSentence(text: string): number {
  const sentence = text.lastIndexOf('. ');
  return (sentence >= 0 ? sentence : text.lastIndexOf(' ') - 1) + 2 || 0;
}

/** The link definitions of a text (`[name]: address`), which blocks that were cut apart need to have again. */
export function linkDefinitions(text: string): string {
  if (!text.includes(']:')) {
    return '';
  }
  return (text.match(/^ {0,3}\[[^\]\n]+\]:[ \t]*\S.*$/gm) ?? []).join('\n');
}
