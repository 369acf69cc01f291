import { addIcon, stopIcon } from '@jupyterlab/ui-components';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { ChipRow } from '../context/chiprow';
import { Chips } from '../context/chips';
import {
  complete,
  IMention,
  IMentioned,
  IMentionSource,
  mentionAt,
  rank
} from '../context/mentions';
import { Attachment } from '../protocol';
import { button, h } from './dom';
import { sendIcon } from './icons';
import { CompletionList } from './popup';
import { Recall } from './recall';
import { ISurroundings } from './surroundings';

export interface IComposed {
  text: string;
  attachments: Attachment[];
}

export interface IComposerOptions {
  around: ISurroundings;
  sources: readonly IMentionSource[];
  /** Elements under the input, from left to right. */
  under: readonly HTMLElement[];
  /** What stands before the chips. */
  leading?: HTMLElement | null;
  /** Open the menu of things that can be attached. */
  attach(button: HTMLButtonElement): void;
}

/** Where a message is written: chips, input, and what belongs under it. */
export class Composer extends Widget {
  constructor(private _options: IComposerOptions) {
    super();
    const { trans } = _options.around;
    this.addClass('jp-Townie-composer');
    this._field = h('textarea', {
      class: 'jp-Townie-input',
      townie: 'input',
      rows: 1,
      dir: 'auto',
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      'aria-label': trans.__('Message to Townie'),
      placeholder: trans.__('Ask for anything; @ adds context')
    });
    this._completion = new CompletionList(this._field, trans.__('Context'), text =>
      this._complete(text)
    );
    this._chipRow = new ChipRow(this.chips, trans, () => this._update(), _options.leading);
    this._send = button({
      label: trans.__('Send'),
      title: trans.__('Send (Enter)'),
      icon: sendIcon,
      townie: 'send',
      click: () => this._submit()
    });
    this._stop = button({
      label: trans.__('Stop'),
      title: trans.__('Stop (Escape)'),
      icon: stopIcon,
      townie: 'stop',
      click: () => {
        this._stopped.emit();
        this._field.focus();
      }
    });
    this._send.classList.add('jp-Townie-send');
    this._stop.classList.add('jp-Townie-stop');
    const attach = button({
      label: trans.__('Add context'),
      icon: addIcon,
      townie: 'attach',
      click: element => _options.attach(element)
    });
    attach.setAttribute('aria-haspopup', 'menu');
    this.node.append(
      h(
        'div',
        { class: 'jp-Townie-inputBox' },
        this._chipRow.node,
        this._field,
        h('div', { class: 'jp-Townie-under' }, attach, ..._options.under, this._send, this._stop)
      )
    );
    this._field.addEventListener('keydown', event => this._key(event));
    this._field.addEventListener('input', () => this._typed());
    this._field.addEventListener('blur', () => setTimeout(() => this._completion.close(), 100));
    _options.around.documents?.bindingChanged.connect(this._suggest, this);
    this.setRunning(false);
    this._suggest();
  }

  readonly chips = new Chips();

  get submitted(): ISignal<this, IComposed> {
    return this._submitted;
  }

  get stopped(): ISignal<this, void> {
    return this._stopped;
  }

  get edited(): ISignal<this, string> {
    return this._edited;
  }

  get text(): string {
    return this._field.value;
  }

  set text(text: string) {
    this._field.value = text;
    this._completion.close();
    this._grow();
  }

  /** What Up goes back through, oldest first. */
  setSent(sent: readonly string[]): void {
    this._sent = sent;
    this._recall.reset(sent);
  }

  setRunning(running: boolean): void {
    if (running !== this._running) {
      const focused =
        document.activeElement === this._send || document.activeElement === this._stop;
      this._running = running;
      this._send.hidden = running;
      this._stop.hidden = !running;
      this.node.classList.toggle('jp-mod-running', running);
      if (focused) {
        this._field.focus();
      }
    }
  }

  focus(): void {
    this._field.focus();
  }

  add(chip: Attachment): void {
    this.chips.add(chip);
    this._update();
  }

  restore(kind: Attachment['kind']): void {
    this.chips.restore(kind);
    this._update();
  }

  /** What was added to a message and taken out of it is not meant for that of another chat. */
  reset(): void {
    this.chips.reset();
    this._update();
  }

  override dispose(): void {
    this._completion.close();
    this._options.around.documents?.bindingChanged.disconnect(this._suggest, this);
    super.dispose();
  }

  protected override onAfterShow(): void {
    this._suggest();
    this._grow();
  }

  /** What plugins suggest beside what the open documents do. */
  suggest(chips: readonly Attachment[]): void {
    this._others = chips;
    this._suggest();
  }

  private _suggest(): void {
    const documents = this._options.around.documents?.suggested() ?? [];
    if (this.chips.suggest([...documents, ...this._others])) {
      this._update();
    }
  }

  private _update(): void {
    this._chipRow.update();
  }

  private _submit(): void {
    const text = this._field.value.trim();
    if (text === '') {
      return;
    }
    const attachments = [...this.chips.shown];
    this.text = '';
    this.chips.sent();
    this._update();
    this._submitted.emit({ text, attachments });
  }

  private _key(event: KeyboardEvent): void {
    // Enter may end the composition of a character; keyCode 229 is how Safari tells.
    if (event.isComposing || event.keyCode === 229) {
      return;
    }
    if (this._completion.key(event)) {
      return;
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === 'Enter' && !event.shiftKey && plain) {
      event.preventDefault();
      this._submit();
    } else if (event.key === 'Escape' && this._running) {
      event.preventDefault();
      event.stopPropagation();
      this._stopped.emit();
    } else if (event.key === 'ArrowUp' && plain && !event.shiftKey && this._onFirstLine()) {
      this._recalled(this._recall.older(this.text), event);
    } else if (event.key === 'ArrowDown' && plain && !event.shiftKey && this._onLastLine()) {
      this._recalled(this._recall.newer(), event);
    }
  }

  private _recalled(text: string | null, event: KeyboardEvent): void {
    if (text !== null) {
      event.preventDefault();
      this.text = text;
      const end = event.key === 'ArrowUp' ? 0 : text.length;
      this._field.setSelectionRange(end, end);
      this._edited.emit(text);
    }
  }

  private _onFirstLine(): boolean {
    const { selectionStart, selectionEnd, value } = this._field;
    return (
      selectionStart === selectionEnd &&
      !value.slice(0, selectionStart).includes('\n') &&
      (value === '' || selectionStart === 0 || this._recall.isRecalling)
    );
  }

  private _onLastLine(): boolean {
    const { selectionEnd, value } = this._field;
    return this._recall.isRecalling && !value.slice(selectionEnd).includes('\n');
  }

  private _typed(): void {
    this._recall.reset(this._sent);
    this._grow();
    this._edited.emit(this.text);
    void this._offer();
  }

  /** As high as its text, up to the limit that the style sets. */
  private _grow(): void {
    this._field.style.height = 'auto';
    const height = this._field.scrollHeight;
    this._field.style.height = height > 0 ? `${height + 2}px` : '';
  }

  private async _offer(): Promise<void> {
    const mention = mentionAt(this.text, this._field.selectionStart);
    this._mention = mention;
    if (!mention) {
      this._completion.close();
      return;
    }
    if (this._completion.isOpen) {
      // What was offered for fewer letters is narrowed at once: Enter must never take what no longer fits.
      this._offerRanked(this._candidates, mention);
    }
    const found = await Promise.all(
      this._options.sources.map(source => source.find(mention.query).catch(() => []))
    );
    if (this._mention === mention) {
      this._offerRanked(found.flat(), mention);
    }
  }

  private _offerRanked(candidates: IMentioned[], mention: IMention): void {
    this._candidates = candidates;
    this._found = rank(candidates, mention.query);
    this._completion.show(
      this._found.map(({ text, label, description, group }) => ({
        id: text,
        label,
        description,
        group
      }))
    );
  }

  private _complete(text: string): void {
    const chosen = this._found.find(found => found.text === text);
    const mention = this._mention;
    this._completion.close();
    if (!chosen || !mention) {
      return;
    }
    const done = complete(this.text, mention, chosen.text);
    if (chosen.text.endsWith('/')) {
      // A folder: go on with what is in it.
      done.text = done.text.slice(0, done.cursor - 1) + done.text.slice(done.cursor);
      done.cursor -= 1;
    } else {
      this.add(chosen.attachment);
    }
    this._field.value = done.text;
    this._field.setSelectionRange(done.cursor, done.cursor);
    this._field.focus();
    this._typed();
  }

  private _field: HTMLTextAreaElement;
  private _completion: CompletionList;
  private _chipRow: ChipRow;
  private _send: HTMLButtonElement;
  private _stop: HTMLButtonElement;
  private _recall = new Recall();
  private _sent: readonly string[] = [];
  private _others: readonly Attachment[] = [];
  private _running: boolean | null = null;
  private _mention: IMention | null = null;
  private _candidates: IMentioned[] = [];
  private _found: IMentioned[] = [];
  private _submitted = new Signal<this, IComposed>(this);
  private _stopped = new Signal<this, void>(this);
  private _edited = new Signal<this, string>(this);
}
