import type { EditorView } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { barButton } from '../notebooks/cellBar';
import type { Problem, Selection } from '../protocol';
import { Level, LEVELS, wordsOf } from '../settings/notebookPrivacy';
import { hideField, rangesOf, showField } from './inlineField';
import type { IInlineOutcome } from './inlineOutcome';

export type InlineRequest = 'ask' | 'save' | 'stop' | 'chat' | 'close';

/** Pixels between the line and what is around it. */
const MARGIN = 4;

type Offer = 'save' | 'chat' | 'levels' | null;

/** The line in which the user says what to change, above the place that is to change. */
export class InlineEdit implements IDisposable {
  constructor(
    private _view: EditorView,
    private _trans: TranslationBundle
  ) {
    const { main, ranges } = _view.state.selection;
    this.node = this._makeNode();
    this._fit();
    this._resized.observe(_view.scrollDOM);
    showField(_view, this.node, [main, ...ranges.filter(range => range !== main)]);
    this._input.focus();
  }

  readonly node: HTMLElement;

  /** The places that are to change, the one of the main cursor first; they move with what is typed around them. */
  get selections(): Selection[] {
    const { state } = this._view;
    const shown = rangesOf(this._view, this.node);
    return (shown.length ? shown : [state.selection.main]).map(({ from, to }) => ({
      start: from,
      end: to,
      text: state.sliceDoc(from, to)
    }));
  }

  /** What the model may see of the notebook, as the user answers the question that was shown. */
  get chosen(): ISignal<this, Level> {
    return this._chosen;
  }

  /** What the user wants to happen next. */
  get requested(): ISignal<this, InlineRequest> {
    return this._requested;
  }

  get text(): string {
    return this._input.value.trim();
  }

  get hasFocus(): boolean {
    return this.node.contains(document.activeElement);
  }

  focus(): void {
    this._input.focus();
  }

  /** Say what the edit is doing, or how it ended. */
  show(outcome: IInlineOutcome): void {
    const trans = this._trans;
    switch (outcome.phase) {
      case 'working':
        this._setBusy(
          outcome.lines
            ? trans._n('Writing, %1 line', 'Writing, %1 lines', outcome.lines)
            : trans.__('Working')
        );
        break;
      case 'asks':
        this._askLevel(outcome.problem);
        break;
      case 'stopped':
        this._setIdle();
        this._say(trans.__('Stopped. Nothing was changed.'));
        break;
      case 'nothing':
        this._setIdle();
        this._say(outcome.said || trans.__('No change was proposed. Say it in other words.'));
        break;
      case 'elsewhere':
        this._setIdle();
        this._say(trans.__('The change that was proposed is in another place.'), 'chat');
        break;
      case 'failed':
        this.fail(
          outcome.problem ?? { code: 'failed', message: trans.__('It did not work.') },
          true
        );
        break;
    }
  }

  /** `inChat` says whether the chat has more about it. */
  fail({ message, remedy }: Problem, inChat = false): void {
    this._setIdle();
    this._say([message, remedy].filter(text => text).join(' '), inChat ? 'chat' : null);
  }

  /** The text on disk, to which an edit of a file applies, is not the one that the user sees. */
  offerSave(): void {
    this._setIdle();
    this._say(
      this._trans.__('The file has unsaved changes; a change is made to the file as saved.'),
      'save'
    );
  }

  wait(): void {
    this._setBusy(this._trans.__('Working'));
  }

  get isStopping(): boolean {
    return this._stopping;
  }

  /** It was asked to stop, which takes until the server has heard of it. */
  stopping(): void {
    this._stopping = true;
    this._status.textContent = this._trans.__('Stopping');
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const focused = this.hasFocus;
    this._resized.disconnect();
    Signal.clearData(this);
    hideField(this._view, this.node);
    if (focused) {
      this._view.focus();
    }
  }

  /** As wide as what is seen of the text, and not as its longest line, or its own message. */
  private _fit(): void {
    const { scrollDOM } = this._view;
    const gutters = scrollDOM.querySelector<HTMLElement>('.cm-gutters')?.offsetWidth ?? 0;
    this.node.style.left = `${gutters + MARGIN}px`;
    this.node.style.width = `${Math.max(0, scrollDOM.clientWidth - gutters - 2 * MARGIN)}px`;
  }

  private _makeNode(): HTMLElement {
    const trans = this._trans;
    const node = document.createElement('div');
    node.className = 'jp-TownieInline';
    node.dataset.townie = 'inline-edit';
    node.setAttribute('role', 'group');
    node.setAttribute('aria-label', trans.__('Change the code here'));
    // Keys typed here are not those of the cell around it, which would run it.
    node.dataset.lmSuppressShortcuts = 'true';
    const row = document.createElement('div');
    row.className = 'jp-TownieInline-row';
    this._input = document.createElement('input');
    this._input.type = 'text';
    this._input.className = 'jp-TownieInline-input';
    this._input.dataset.townie = 'inline-input';
    this._input.placeholder = trans.__('What should change?');
    this._input.setAttribute('aria-label', trans.__('What should change?'));
    this._input.spellcheck = false;
    this._status = document.createElement('span');
    this._status.className = 'jp-TownieInline-status';
    this._status.dataset.townie = 'inline-status';
    this._status.setAttribute('role', 'status');
    this._ask = this._button(
      'ask',
      trans.__('Change'),
      trans.__('Propose the change (Enter)'),
      true
    );
    this._stop = this._button('stop', trans.__('Stop'));
    this._stop.hidden = true;
    const close = this._button('close', '×', trans.__('Close (Escape)'));
    close.classList.add('jp-mod-dismiss');
    close.setAttribute('aria-label', trans.__('Close'));
    row.append(this._input, this._status, this._ask, this._stop, close);
    this._message = document.createElement('div');
    this._message.className = 'jp-TownieInline-message';
    this._message.dataset.townie = 'inline-message';
    this._message.setAttribute('role', 'status');
    this._message.hidden = true;
    this._text = document.createElement('span');
    this._save = this._button('save', trans.__('Save and change'), undefined, true);
    this._chat = this._button('chat', trans.__('Show in chat'));
    this._levels = this._levelButtons();
    this._message.append(this._text, this._save, this._chat, this._levels);
    node.append(row, this._message);
    node.addEventListener('keydown', event => this._onKey(event));
    for (const type of ['focusin', 'mousedown', 'mouseup', 'click', 'dblclick']) {
      // A notebook in edit mode, and a file editor, would take the focus back into the text.
      node.addEventListener(type, event => event.stopPropagation());
    }
    return node;
  }

  private _levelButtons(): HTMLElement {
    const group = document.createElement('div');
    group.className = 'jp-TownieInline-levels';
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', this._trans.__('What a model may see of this notebook'));
    group.append(
      ...LEVELS.map(level => {
        const { label, title } = wordsOf(level, this._trans);
        const onClick = () => this._chosen.emit(level);
        return barButton({ name: `inline-see-${level}`, label, title, onClick });
      })
    );
    return group;
  }

  /** The question that comes before anything is sent; the first answer, which lets out least, has the focus. */
  private _askLevel(problem: Problem | null): void {
    const focused = this.hasFocus;
    this._setIdle();
    this._say([problem?.message, problem?.remedy].filter(text => text).join(' '), 'levels');
    if (focused) {
      this._levels.querySelector('button')?.focus();
    }
  }

  private _button(
    request: InlineRequest,
    label: string,
    title?: string,
    primary = false
  ): HTMLButtonElement {
    return barButton({
      name: `inline-${request}`,
      label,
      title,
      primary,
      onClick: () => this._requested.emit(request)
    });
  }

  private _onKey(event: KeyboardEvent): void {
    if (event.isComposing) {
      return;
    }
    if (event.key === 'Escape') {
      event.preventDefault();
      // What is being worked on is stopped first, and what was asked stays to be asked otherwise.
      this._requested.emit(this._busy && !this._stopping ? 'stop' : 'close');
    } else if (event.key === 'Enter' && event.target === this._input) {
      event.preventDefault();
      if (this.text && !this._busy) {
        this._requested.emit('ask');
      }
    } else if ((event.ctrlKey || event.metaKey) && event.key === 's') {
      // The browser would offer to save the page.
      event.preventDefault();
    }
    event.stopPropagation();
  }

  private _setBusy(text: string): void {
    const focused = this.hasFocus;
    this._busy = true;
    this._input.readOnly = true;
    this._ask.hidden = true;
    this._stop.hidden = false;
    this._status.textContent = this._stopping ? this._trans.__('Stopping') : text;
    this._message.hidden = true;
    if (focused && document.activeElement !== this._stop) {
      this._input.focus();
    }
    this._view.requestMeasure();
  }

  private _setIdle(): void {
    const focused = this.hasFocus;
    this._busy = this._stopping = false;
    this._input.readOnly = false;
    this._ask.hidden = false;
    this._stop.hidden = true;
    this._status.textContent = '';
    if (focused) {
      this._input.focus();
    }
  }

  private _say(text: string, offer: Offer = null): void {
    this._text.textContent = text;
    this._save.hidden = offer !== 'save';
    this._chat.hidden = offer !== 'chat';
    this._levels.hidden = offer !== 'levels';
    this._message.hidden = false;
    this._view.requestMeasure();
  }

  private _input!: HTMLInputElement;
  private _status!: HTMLElement;
  private _message!: HTMLElement;
  private _text!: HTMLElement;
  private _ask!: HTMLButtonElement;
  private _stop!: HTMLButtonElement;
  private _save!: HTMLButtonElement;
  private _chat!: HTMLButtonElement;
  private _levels!: HTMLElement;
  private _resized = new ResizeObserver(() => this._fit());
  private _busy = false;
  private _stopping = false;
  private _isDisposed = false;
  private _chosen = new Signal<this, Level>(this);
  private _requested = new Signal<this, InlineRequest>(this);
}
