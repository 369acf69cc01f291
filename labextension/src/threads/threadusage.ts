import { h, setText } from './dom';
import { ISurroundings } from './surroundings';
import { IThread } from './tokens';
import { count, dollars, total } from './usage';

/** What a chat has cost so far, and the way to what was sent. */
export class ThreadUsage {
  constructor(private _around: ISurroundings) {
    this.node = h('button', {
      type: 'button',
      class: 'jp-Townie-threadUsage',
      townie: 'thread-usage',
      onclick: () => {
        const thread = _around.townie.current;
        const turn = thread?.turns[thread.turns.length - 1];
        if (thread && turn) {
          _around.showSent(thread, turn.id);
        }
      }
    });
  }

  readonly node: HTMLButtonElement;

  show(thread: IThread | null): void {
    const { trans } = this._around;
    const sum = total(thread?.turns.flatMap(turn => turn.usage) ?? []);
    const tokens = sum.input + sum.output;
    const text =
      sum.cost !== null && sum.cost > 0 ? dollars(sum.cost) : tokens ? count(tokens) : '';
    setText(this.node, text);
    this.node.hidden = tokens === 0;
    this.node.title = trans.__(
      'This chat: %1 tokens sent, %2 received%3. Click to see what was sent.',
      count(sum.input),
      count(sum.output),
      sum.cost === null ? '' : `, ${dollars(sum.cost)}`
    );
  }
}
