import { Attachment } from '../protocol';
import { asProblem } from './api';
import { Composer } from './composer';
import { ChatMemory, joined } from './memory';
import { isBusy, NextMessage } from './nextmessage';
import { IStarter } from './starters';
import { ISurroundings } from './surroundings';
import { ISubmit, IThread } from './tokens';

/** What becomes of a message that was written: it is sent, waits for its turn, or goes back to where it was written. */
export class Sending {
  constructor(
    private _around: ISurroundings,
    private _memory: ChatMemory,
    private _composer: Composer
  ) {
    this._next = new NextMessage(
      _around,
      (thread, { text, attachments }) => this._giveBack(thread, text, attachments ?? []),
      thread => _memory.setDraft(thread.id, thread === _around.townie.current ? _composer.text : '')
    );
    _composer.node.prepend(this._next.node);
  }

  /** Show the message that waits in a thread. */
  show(thread: IThread | null): void {
    this._next.show(thread);
  }

  /** Do what is offered at the beginning. */
  begin({ text, purpose }: IStarter): void {
    const failed = this._around.failed();
    if (purpose && purpose !== 'chat' && failed) {
      this._send({ purpose, text, ...failed });
    } else {
      this.submit(text, [...this._composer.chips.shown]);
    }
  }

  submit(text: string, attachments: Attachment[]): void {
    const { townie, documents } = this._around;
    const thread = townie.current;
    if (thread && isBusy(thread)) {
      // A reload before it is sent finds it in the input.
      this._memory.setDraft(thread.id, text);
      this._next.add(thread, {
        purpose: 'chat',
        text,
        attachments,
        binding: documents?.binding()
      });
      return;
    }
    this._memory.setDraft(thread?.id ?? null, '');
    this._send({ purpose: 'chat', text, attachments });
  }

  /** Bring a message that was not sent back to where it was written. */
  private _giveBack(
    thread: IThread | null,
    text: string,
    attachments: readonly Attachment[]
  ): void {
    const composer = this._composer;
    const current = thread === this._around.townie.current;
    const written = current ? composer.text : '';
    const all = joined(text, written);
    this._memory.setDraft(thread?.id ?? null, all);
    if (current) {
      composer.text = all;
      attachments.forEach(chip => composer.add(chip));
      composer.focus();
    }
  }

  private _send(submit: ISubmit): void {
    const { townie } = this._around;
    townie.submit(submit).catch(error => {
      // A refused turn says so itself; without a thread there is none.
      if (!townie.current) {
        this._giveBack(null, submit.text, submit.attachments ?? []);
        const problem = asProblem(error);
        // That the chat was deleted stands where it was.
        if (problem.code !== 'thread_deleted') {
          townie.notify(problem, 'error');
        }
      }
    });
  }

  private _next: NextMessage;
}
