import { editIcon, refreshIcon } from '@jupyterlab/ui-components';
import { button, h } from './dom';
import { ISurroundings } from './surroundings';
import { IThread, ITurn } from './tokens';

/** What the user asked: their text, what went with it, and the ways to ask again. */
export class QuestionView {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn
  ) {
    this.node = h('div', { class: 'jp-Townie-question', townie: 'question' });
    this._show();
  }

  readonly node: HTMLElement;

  /** The server may tell more of what is asked than the page knew: which error it is. */
  update(): void {
    const { started } = this._turn;
    if (started !== this._shown && !this.node.querySelector('textarea')) {
      this._show();
    }
  }

  private _show(): void {
    const { trans } = this._around;
    const { started } = this._turn;
    this._shown = started;
    const chips = (started.attachments ?? []).map(attachment =>
      h(
        'span',
        { class: 'jp-Townie-sentChip', title: attachment.path ?? attachment.ref },
        attachment.label
      )
    );
    const again = h(
      'div',
      { class: 'jp-Townie-questionButtons' },
      started.purpose === 'chat' &&
        button({
          label: trans.__('Edit and send again'),
          icon: editIcon,
          townie: 'edit-message',
          click: () => this._edit()
        }),
      button({
        label: trans.__('Ask again'),
        icon: refreshIcon,
        townie: 'retry',
        click: () => void resubmit(this._around, this._thread, this._turn, started.text)
      })
    );
    this.node.replaceChildren(
      h(
        'div',
        { class: 'jp-Townie-questionText', dir: 'auto' },
        questionOf(this._around, this._turn)
      ),
      ...(chips.length ? [h('div', { class: 'jp-Townie-sentChips' }, ...chips)] : []),
      again
    );
  }

  private _edit(): void {
    const { trans } = this._around;
    const field = h('textarea', {
      class: 'jp-Townie-editField',
      townie: 'edit-field',
      rows: 3,
      dir: 'auto',
      'aria-label': trans.__('Your message')
    });
    field.value = this._turn.started.text;
    const close = (): void => {
      this._show();
      this.node.querySelector<HTMLElement>('[data-townie="edit-message"]')?.focus();
    };
    const send = (): void => {
      const text = field.value.trim();
      if (text) {
        void resubmit(this._around, this._thread, this._turn, text);
        this._show();
      }
    };
    field.addEventListener('keydown', event => {
      if (event.isComposing) {
        return;
      }
      if (event.key === 'Escape') {
        event.stopPropagation();
        close();
      } else if (event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        send();
      }
    });
    this.node.replaceChildren(
      field,
      h(
        'div',
        { class: 'jp-Townie-choices' },
        button({ label: trans.__('Send'), kind: 'primary', townie: 'edit-send', click: send }),
        button({ label: trans.__('Cancel'), click: close })
      )
    );
    field.style.height = `${Math.min(field.scrollHeight + 4, 240)}px`;
    field.focus();
  }

  private _shown: ITurn['started'] | null = null;
}

/** The question as it is shown; what a click asked has no text of its own. */
export function questionOf({ trans }: ISurroundings, turn: ITurn): string {
  const { started } = turn;
  if (started.text) {
    return started.text;
  }
  const failure = started.failure;
  const what = failure ? `${failure.ename}: ${failure.evalue}`.slice(0, 200) : '';
  return started.purpose === 'explain'
    ? trans.__('Explain %1', what || trans.__('this error'))
    : started.purpose === 'fix'
      ? trans.__('Fix %1', what || trans.__('this error'))
      : started.purpose;
}

/** Ask for a turn that takes the place of `turn`. */
export async function resubmit(
  { townie }: ISurroundings,
  thread: IThread,
  turn: ITurn,
  text: string
): Promise<void> {
  const { started } = turn;
  if (thread.running?.id === turn.id) {
    thread.stop(turn.id);
  }
  try {
    await townie.submit({
      purpose: started.purpose,
      text,
      binding: started.binding,
      attachments: started.attachments ?? [],
      error: started.failure
        ? {
            ename: started.failure.ename,
            evalue: started.failure.evalue,
            traceback: [started.failure.summary]
          }
        : null,
      // A turn that the server never took has no place in its log.
      replaces: turn.pending ? null : turn.id,
      thread: thread.id
    });
  } catch {
    // The new turn says why it was refused.
  }
}
