import { ActionBar } from './actionbar';
import { whereOf } from './actionwords';
import { copyButton, insertButton } from './codebuttons';
import { DiffView } from './diffview';
import { button, h, setText } from './dom';
import { Highlighter } from './highlight';
import { ISurroundings } from './surroundings';
import { IAction, IPart, IThread } from './tokens';

/** Lines that are laid out and coloured together. */
const BATCH = 24;

/** Languages that stand for "this is not code to put into a cell". */
const NOT_CODE = new Set([
  '',
  'text',
  'txt',
  'output',
  'console',
  'diff',
  'traceback',
  'plaintext'
]);
/** In which form a change is written; of the code itself they say nothing. */
const FORMS = new Set(['search_replace', 'diff', 'udiff', 'patch', 'v4a']);
const NOT_RUN = new Set([
  'markdown',
  'md',
  'html',
  'css',
  'json',
  'yaml',
  'toml',
  'xml',
  'latex',
  'tex'
]);

/** One fence of an answer: its head says what it is and where it goes, its foot what can be decided about it. */
export class CodeView {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _part: IPart
  ) {
    const { trans } = _around;
    this._language = h(
      'span',
      { class: 'jp-Townie-codeLanguage' },
      _part.language || trans.__('text')
    );
    this._where = h('span', { class: 'jp-Townie-codeWhere', townie: 'code-where' });
    this._buttons = h('span', { class: 'jp-Townie-codeButtons' });
    this._head = h(
      'div',
      { class: 'jp-Townie-codeHead' },
      _part.target || FORMS.has(_part.language.toLowerCase()) ? null : this._language,
      this._where,
      this._buttons
    );
    this._code = h('code');
    this._pre = h('pre', { class: 'jp-Townie-codeText', tabindex: 0 }, this._code);
    this._pre.setAttribute('aria-label', trans.__('Code'));
    this.node = h(
      'section',
      { class: 'jp-Townie-code', townie: 'code', 'data-part': _part.part },
      this._head,
      this._pre
    );
    this.setAction(undefined);
  }

  readonly node: HTMLElement;

  update(part: IPart): void {
    this._part = part;
    const text = part.text;
    if (text.length > this._seen) {
      this._append(text);
    }
    if (!part.open && !this._done) {
      this._done = true;
      this._closeBatch(text.length);
      this.node.classList.toggle('jp-mod-cut', !part.complete);
      this._setWhere();
      this._offerMore();
    }
  }

  setAction(action: IAction | undefined): void {
    const usable = !action || ['rejected', 'undone', 'failed', 'conflict'].includes(action.state);
    if (usable !== this._usable) {
      this._usable = usable;
      this._fillButtons();
    }
    this._action = action;
    this._setWhere();
    if (!action) {
      return;
    }
    // Where it goes tells more, and there is no room for both.
    this._language.remove();
    if (!this._bar) {
      this._bar = new ActionBar(this._around, this._thread, 'part');
      this.node.append(this._bar.node);
    }
    this._bar.update(action);
    if (action.body.kind === 'edit' && action.state !== 'streaming') {
      this._showDiff(action);
    }
  }

  /** The bar depends on the turn too: whether its cells are kept, and where they stand. */
  refresh(): void {
    if (this._action) {
      this._bar?.update(this._action);
    }
    this._setWhere();
  }

  private _setWhere(): void {
    const where = whereOf(this._around, this._action, this._part);
    setText(this._where, where);
    this._where.title = where;
  }

  private _fillButtons(): void {
    const language = this._part.language.toLowerCase();
    const text = (): string => this._part.text.replace(/\n$/, '');
    const place = this._pre;
    const buttons: HTMLElement[] = [];
    if (this._usable && !NOT_CODE.has(language) && !FORMS.has(language)) {
      buttons.push(
        insertButton(this._around, text, language, 'below', place),
        insertButton(this._around, text, language, 'replace', place)
      );
      if (!NOT_RUN.has(language)) {
        buttons.push(insertButton(this._around, text, language, 'run', place));
      }
    }
    buttons.push(copyButton(this._around, text));
    this._buttons.replaceChildren(...buttons);
  }

  /** Only the last batch of lines changes while text arrives. */
  private _append(text: string): void {
    let at = this._seen;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      const next = end < 0 ? text.length : end + 1;
      this._tail ??= this._openBatch(at);
      this._tail.appendData(text.slice(at, next));
      at = next;
      if (end >= 0 && ++this._lines % BATCH === 0) {
        this._closeBatch(at);
      }
    }
    this._seen = text.length;
    // The newest line stays in view while the block grows beyond its frame.
    if (this._part.open && this._lines > BATCH && !this.node.classList.contains('jp-mod-whole')) {
      this._pre.scrollTop = 1e9;
    }
  }

  private _openBatch(from: number): Text {
    const tail = document.createTextNode('');
    this._batch = h('span', { class: 'jp-Townie-lines' }, tail);
    this._batchFrom = from;
    this._code.append(this._batch);
    return tail;
  }

  private _closeBatch(to: number): void {
    const batch = this._batch;
    const from = this._batchFrom;
    this._batch = null;
    this._tail = null;
    if (!batch) {
      return;
    }
    this._around.idle.add({
      wanted: () => batch.isConnected,
      run: () => this._colour(batch, from, to)
    });
  }

  private _colour(batch: HTMLElement, from: number, to: number): void | Promise<void> {
    const colour = (): void => {
      const colours = this._highlighter?.highlight(this._part.text, from, to);
      if (colours) {
        batch.replaceChildren(colours);
      }
    };
    if (this._highlighter !== undefined) {
      return colour();
    }
    return Highlighter.for(this._around.languages, this._part.language).then(highlighter => {
      this._highlighter = highlighter;
      colour();
    });
  }

  /** A long block is shown in a frame of its own; one button shows it whole. */
  private _offerMore(): void {
    if (this._lines <= BATCH) {
      return;
    }
    const { trans } = this._around;
    this._pre.scrollTop = 0;
    const lines = this._lines + (this._part.text.endsWith('\n') ? 0 : 1);
    const more = button({
      label: trans.__('Show all %1 lines', String(lines)),
      kind: 'link',
      townie: 'show-all',
      click: element => {
        const whole = this.node.classList.toggle('jp-mod-whole');
        element.setAttribute('aria-expanded', String(whole));
        element.textContent = whole
          ? trans.__('Show less')
          : trans.__('Show all %1 lines', String(lines));
      }
    });
    more.classList.add('jp-Townie-more');
    more.setAttribute('aria-expanded', 'false');
    this._pre.after(more);
  }

  private _showDiff(action: IAction): void {
    if (action.body.kind !== 'edit') {
      return;
    }
    if (!this._diff) {
      this._diff = new DiffView(this._around);
      this._pre.before(this._diff.node);
      this.node.classList.add('jp-mod-diff');
    }
    this._diff.update(action.body);
  }

  private _head: HTMLElement;
  private _language: HTMLElement;
  private _where: HTMLElement;
  private _buttons: HTMLElement;
  private _pre: HTMLPreElement;
  private _code: HTMLElement;
  private _bar: ActionBar | null = null;
  private _diff: DiffView | null = null;
  private _action: IAction | undefined;
  private _usable: boolean | null = null;
  private _batch: HTMLElement | null = null;
  private _batchFrom = 0;
  private _tail: Text | null = null;
  private _highlighter: Highlighter | null | undefined;
  private _seen = 0;
  private _lines = 0;
  private _done = false;
}
