import { differentLines, IRange } from '../edits/lineDiff';
import { barButton } from '../notebooks/cellBar';
import { h } from './dom';
import { ISurroundings } from './surroundings';

/** Unchanged lines that are shown around a change. */
const CONTEXT = 2;
/** Lines of a diff that are drawn at first, and with each press of the button for more. */
const FIRST_LINES = 200;
const MORE_LINES = 500;

export interface IDiffLine {
  kind: 'same' | 'removed' | 'added' | 'gap';
  text: string;
}

/** The lines of a compact diff: each change with a little of what is around it. */
export function compactDiff(
  before: string[],
  after: string[],
  chunks: readonly IRange[]
): IDiffLine[] {
  const lines: IDiffLine[] = [];
  let shown = 0;
  chunks.forEach((chunk, index) => {
    const from = Math.max(shown, chunk.a1 - CONTEXT);
    if (from > shown) {
      lines.push({ kind: 'gap', text: '' });
    }
    before.slice(from, chunk.a1).forEach(text => lines.push({ kind: 'same', text }));
    before.slice(chunk.a1, chunk.a2).forEach(text => lines.push({ kind: 'removed', text }));
    after.slice(chunk.b1, chunk.b2).forEach(text => lines.push({ kind: 'added', text }));
    const until = Math.min(chunk.a2 + CONTEXT, chunks[index + 1]?.a1 ?? before.length);
    before.slice(chunk.a2, until).forEach(text => lines.push({ kind: 'same', text }));
    shown = until;
  });
  if (chunks.length && shown < before.length) {
    lines.push({ kind: 'gap', text: '' });
  }
  return lines;
}

/** Which lines differ, by the diff that the review in the notebook uses too. */
export async function diffLines(before: string, after: string): Promise<IDiffLine[]> {
  const merge = await import('@codemirror/merge');
  const [old, fresh] = linesOf(before, after);
  return compactDiff(old, fresh, await differentLines(merge, old, fresh));
}

/** The lines of two texts; no text has no line, and a line end that both have makes no line of its own. */
function linesOf(before: string, after: string): [string[], string[]] {
  const texts = [before, after];
  const ended = texts.every(text => text === '' || text.endsWith('\n'));
  const [old, fresh] = texts.map(text =>
    text === '' ? [] : (ended ? text.slice(0, -1) : text).split('\n')
  );
  return [old, fresh];
}

/** Two texts of one document. */
export interface ITexts {
  readonly before: string;
  readonly after: string;
}

const SIGN = { same: ' ', removed: '-', added: '+', gap: '⋯' };

/** A change as a compact +/- list. */
export class DiffView {
  constructor(
    private _around: ISurroundings,
    label = _around.trans.__('Proposed change')
  ) {
    this.node = h('div', {
      class: 'jp-Townie-diff',
      townie: 'diff',
      role: 'group',
      tabindex: 0,
      'aria-label': label
    });
  }

  readonly node: HTMLElement;

  update(body: ITexts): void {
    if (body.before === this._shown?.before && body.after === this._shown.after) {
      return;
    }
    this._shown = body;
    diffLines(body.before, body.after).then(
      lines => {
        if (this._shown === body) {
          this._show(lines);
        }
      },
      error => console.error('The diff could not be shown.', error)
    );
  }

  private _show(lines: IDiffLine[]): void {
    this.node.replaceChildren();
    this._append(lines, 0, FIRST_LINES);
    if (lines.length === 0) {
      this.node.textContent = this._around.trans.__('Nothing changes.');
    }
  }

  /** Draw some lines, and behind them a button for more: thousands at once would stop the page for seconds. */
  private _append(lines: IDiffLine[], from: number, count: number): void {
    const { trans } = this._around;
    const spoken = { same: '', gap: '', removed: trans.__('removed'), added: trans.__('added') };
    const to = from + count;
    this.node.append(
      ...lines
        .slice(from, to)
        .map(({ kind, text }) =>
          h(
            'div',
            { class: `jp-Townie-diffLine jp-mod-${kind}` },
            h(
              'span',
              { class: 'jp-Townie-diffSign', 'aria-label': spoken[kind] || null },
              SIGN[kind]
            ),
            h('span', { class: 'jp-Townie-diffText' }, text)
          )
        )
    );
    if (to < lines.length) {
      const more = barButton({
        name: 'diff-more',
        label: trans._n('Show %1 more line', 'Show %1 more lines', lines.length - to),
        onClick: () => {
          more.remove();
          this._append(lines, to, MORE_LINES);
          this.node.focus();
        }
      });
      this.node.append(more);
    }
  }

  private _shown: ITexts | null = null;
}
