import { closeIcon } from '@jupyterlab/ui-components';
import { button, h } from './dom';
import { ISurroundings } from './surroundings';
import { ISubmit, IThread } from './tokens';

interface IWaiting {
  submit: ISubmit;
  /** Whether the answer before it was stopped for it. */
  now: boolean;
}

/**
 * The message of each thread that was written during an answer, and the line above the input that tells of it.
 *
 * It is sent when the answer is complete. When the answer ends in any other way, what was written goes back to the user,
 * who may have something else to say now.
 */
export class NextMessage {
  constructor(
    private _around: ISurroundings,
    private _giveBack: (thread: IThread, submit: ISubmit) => void,
    private _sent: (thread: IThread) => void
  ) {
    this.node = h('div', {
      class: 'jp-Townie-next',
      townie: 'next-message',
      role: 'group',
      'aria-label': _around.trans.__('Your next message'),
      hidden: true
    });
    _around.townie.changed.connect((_, { thread, change }) => {
      if (change.kind === 'turn') {
        this._turnChanged(thread);
      } else if (change.kind === 'gone') {
        this._drop(thread);
      }
    });
  }

  readonly node: HTMLElement;

  /** Keep a message until `thread` is free. What already waits there and this become one message. */
  add(thread: IThread, submit: ISubmit): void {
    const before = this._waiting.get(thread.id)?.submit;
    const text = before ? `${before.text}\n\n${submit.text}` : submit.text;
    const attachments = [...(before?.attachments ?? []), ...(submit.attachments ?? [])].filter(
      (chip, index, all) =>
        all.findIndex(other => other.kind === chip.kind && other.ref === chip.ref) === index
    );
    this._waiting.set(thread.id, {
      submit: { ...submit, text, attachments, thread: thread.id },
      now: false
    });
    this.show(thread);
    this._around.announce(this._around.trans.__('Sent when the answer is complete'));
  }

  show(thread: IThread | null): void {
    const waiting = thread && this._waiting.get(thread.id);
    this.node.hidden = !waiting;
    if (!thread || !waiting) {
      return;
    }
    const { trans } = this._around;
    this.node.replaceChildren(
      h(
        'span',
        { class: 'jp-Townie-nextText', dir: 'auto', title: waiting.submit.text },
        h('b', {}, trans.__('Next:')),
        ` ${waiting.submit.text}`
      ),
      button({
        label: trans.__('Send now'),
        title: trans.__('Stop the answer and send this'),
        kind: 'link',
        townie: 'send-next',
        click: () => {
          waiting.now = true;
          if (thread.running) {
            thread.stop(thread.running.id);
          }
          this.node.parentElement?.querySelector('textarea')?.focus();
        }
      }),
      button({
        label: trans.__('Do not send it'),
        title: trans.__('Do not send it; it goes back into the input'),
        icon: closeIcon,
        townie: 'drop-next',
        click: () => this._drop(thread)
      })
    );
  }

  private _turnChanged(thread: IThread): void {
    const waiting = this._waiting.get(thread.id);
    if (!waiting || isBusy(thread)) {
      return;
    }
    const ended = thread.turns.filter(turn => turn.ended).pop()?.ended;
    if (ended?.reason !== 'done' && !waiting.now) {
      this._drop(thread);
      return;
    }
    this._waiting.delete(thread.id);
    this._sent(thread);
    this.show(this._around.townie.current);
    const { townie } = this._around;
    // The turn that could not be submitted says so itself.
    townie.submit({ ...waiting.submit, reveal: townie.current === thread }).catch(() => undefined);
  }

  private _drop(thread: IThread): void {
    const waiting = this._waiting.get(thread.id);
    this._waiting.delete(thread.id);
    this.show(this._around.townie.current);
    if (waiting) {
      this._giveBack(thread, waiting.submit);
    }
  }

  private _waiting = new Map<string, IWaiting>();
}

/** Whether a turn of the thread goes on, is being stopped, or waits for a lost server. */
export function isBusy(thread: IThread): boolean {
  return thread.running !== null || thread.turns.some(turn => turn.stopping && !turn.ended);
}
