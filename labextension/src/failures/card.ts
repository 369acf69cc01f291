import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { barButton, CellBar } from '../notebooks/cellBar';
import { Level, wordsOf } from '../settings/notebookPrivacy';
import { Choice, IRepair } from './repair';
import { withCode } from './proof';
import { ProseView } from './prose';

/** What a card can ask for; `hint` comes with `differently` only. */
export type OnChoice = (choice: Choice, hint: string) => void;

/** The card under an error: how the fix stands, and what to do next. */
export class RepairCard extends CellBar {
  constructor(
    rendermime: IRenderMimeRegistry,
    private _trans: TranslationBundle,
    private _onChoice: OnChoice
  ) {
    super('repair', _trans.__('Help with this error'));
    this.addClass('jp-TownieRepair');
    this._status = line('jp-TownieRepair-status', 'repair-status');
    this._status.setAttribute('role', 'status');
    this._status.setAttribute('aria-live', 'polite');
    this._proof = line('jp-TownieRepair-proof', 'repair-proof');
    this._proof.hidden = true;
    this._detail = line('jp-TownieRepair-detail', 'repair-detail');
    this._prose = new ProseView(rendermime);
    this._buttons = line('jp-TownieRepair-buttons', 'repair-buttons');
    this._hint = this._hintForm();
    this.node.append(
      this._status,
      this._prose.node,
      this._proof,
      this._detail,
      this._buttons,
      this._hint
    );
  }

  /** Show where a fix stands; only what differs from before is touched. */
  display(repair: IRepair, prose: string, streaming: boolean): void {
    this.node.dataset.tone = repair.tone;
    this._until = repair.until;
    this._template = repair.status;
    this._linked = repair.tone === 'decide' && repair.edits;
    this._writeStatus();
    if (this._said !== repair.proof) {
      this._said = repair.proof;
      this._proof.hidden = !repair.proof;
      this._proof.replaceChildren(...withCode(repair.proof));
    }
    this._proof.dataset.tone = repair.proofTone;
    // What the chat calls Continue is called by what it does here.
    setText(this._detail, repair.detail.replace('Press Continue', 'Press Try again'));
    void this._prose.write(prose, streaming);
    this._proposes = repair.proposes;
    // What failed when it was tried is not what anybody should press without reading.
    this._doubtful = repair.proofTone === 'bad';
    this._choose(repair.choices);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    window.clearTimeout(this._countdown);
    this._prose.dispose();
    super.dispose();
  }

  protected override onBeforeDetach(msg: Message): void {
    super.onBeforeDetach(msg);
    window.clearTimeout(this._countdown);
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._writeStatus();
  }

  private _writeStatus(): void {
    window.clearTimeout(this._countdown);
    const left = this._until === null ? 0 : Math.ceil(this._until - Date.now() / 1000);
    const text = this._template.replace('%s', String(Math.max(0, left)));
    if (this._linked) {
      this._linkStatus(text);
    } else {
      setText(this._status, text);
    }
    if (left > 0) {
      this._countdown = window.setTimeout(() => this._writeStatus(), 1000);
    }
  }

  /** A proposal may be far above a long traceback; its line leads there. */
  private _linkStatus(text: string): void {
    this._status.hidden = false;
    if (this._status.textContent === text && this._status.firstElementChild) {
      return;
    }
    const link = barButton({
      name: 'show',
      label: text,
      title: this._trans.__('Go to the proposed change'),
      onClick: () => this._onChoice('show', '')
    });
    link.classList.add('jp-mod-link');
    this._status.replaceChildren(link);
  }

  private _choose(choices: readonly Choice[]): void {
    const key = `${this._proposes} ${this._doubtful} ${choices.join()}`;
    if (key === this._choices) {
      return;
    }
    this._choices = key;
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.townie;
    const hadFocus = this._buttons.contains(document.activeElement);
    this._buttons.replaceChildren(...choices.map((choice, index) => this._button(choice, index)));
    this._hint.hidden = true;
    if (hadFocus) {
      const again = this._buttons.querySelector<HTMLElement>(`[data-townie="${focused}"]`);
      (again ?? (this._buttons.firstElementChild as HTMLElement | null))?.focus();
    }
  }

  private _button(choice: Choice, index: number): HTMLElement {
    const { label, title } = this._wording(choice);
    const decides = this._doubtful
      ? choice === 'differently'
      : choice === 'accept_and_run' || (choice === 'accept' && index === 0);
    const button = barButton({
      name: choice,
      label,
      title,
      primary: decides || (index === 0 && (choice === 'continue' || choice === 'insert')),
      onClick: () => (choice === 'differently' ? this._askHint() : this._onChoice(choice, ''))
    });
    if (choice === 'dismiss') {
      button.classList.add('jp-mod-dismiss');
      button.setAttribute('aria-label', title);
    }
    return button;
  }

  private _wording(choice: Choice): { label: string; title: string } {
    const trans = this._trans;
    const level = (of: Level): [string, string] => {
      const { label, title } = wordsOf(of, trans);
      return [label, title];
    };
    const words: Record<Choice, [string, string]> = {
      see_code: level('code'),
      see_types: level('types'),
      see_values: level('values'),
      see_outputs: level('outputs'),
      stop: [trans.__('Stop'), trans.__('Stop Townie; the kernel is not interrupted')],
      accept_and_run: [trans.__('Accept and run'), trans.__('Apply the change and run the cell')],
      accept: [trans.__('Accept'), trans.__('Apply the change')],
      reject: [trans.__('Reject'), trans.__('Leave the cell as it is')],
      differently: [trans.__('Try differently'), trans.__('Say what should be different')],
      continue: [trans.__('Try again'), trans.__('Let it make its next try')],
      run: [trans.__('Run'), trans.__('Run the cell')],
      retry: [trans.__('Try again'), trans.__('Begin anew with this error')],
      undo: [trans.__('Undo'), trans.__('Take the change back')],
      insert: [trans.__('Put into the prompt'), trans.__('Replace what the prompt holds')],
      show: [trans.__('Show the change'), trans.__('Go to the cell that is to be changed')],
      chat: [trans.__('Open in chat'), trans.__('See all of it in the chat')],
      dismiss: ['×', trans.__('Close')]
    };
    const other: Partial<Record<Choice, [string, string]>> =
      this._proposes === 'run'
        ? {
            accept: [trans.__('Run'), trans.__('Run the cells in this order')],
            reject: [trans.__('Reject'), trans.__('Run nothing')]
          }
        : this._proposes === 'install'
          ? {
              accept_and_run: [
                trans.__('Install and run'),
                trans.__('Install it for this kernel, then run the cell again')
              ],
              reject: [trans.__('Reject'), trans.__('Install nothing')]
            }
          : {};
    const [label, title] = other[choice] ?? words[choice];
    return { label, title };
  }

  private _hintForm(): HTMLFormElement {
    const trans = this._trans;
    const form = document.createElement('form');
    form.className = 'jp-TownieRepair-hint';
    form.hidden = true;
    const input = document.createElement('input');
    input.type = 'text';
    input.dataset.townie = 'hint';
    input.placeholder = trans.__('What should be different?');
    input.setAttribute('aria-label', trans.__('What should be different?'));
    const send = barButton({
      name: 'send-hint',
      label: trans.__('Try'),
      primary: true,
      onClick: () => form.requestSubmit()
    });
    form.append(input, send);
    form.addEventListener('submit', event => {
      event.preventDefault();
      const hint = input.value.trim();
      if (hint) {
        input.value = '';
        form.hidden = true;
        this._onChoice('differently', hint);
      }
    });
    form.addEventListener('keydown', event => {
      if (event.key === 'Enter' && event.target === input && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === 'Escape') {
        event.stopPropagation();
        form.hidden = true;
        this._buttons.querySelector<HTMLElement>('[data-townie="differently"]')?.focus();
      }
    });
    return form;
  }

  private _askHint(): void {
    this._hint.hidden = false;
    this._hint.querySelector('input')!.focus();
  }

  private _status: HTMLElement;
  private _proof: HTMLElement;
  private _said = '';
  private _detail: HTMLElement;
  private _buttons: HTMLElement;
  private _hint: HTMLFormElement;
  private _prose: ProseView;
  private _template = '';
  private _linked = false;
  private _until: number | null = null;
  private _countdown = 0;
  private _doubtful = false;
  private _choices = '';
  private _proposes: IRepair['proposes'] = null;
}

function line(className: string, name: string): HTMLElement {
  const node = document.createElement('div');
  node.className = className;
  node.dataset.townie = name;
  return node;
}

function setText(node: HTMLElement, text: string): void {
  node.hidden = !text;
  // A live region is read out again when it is written to, even with the same words.
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
