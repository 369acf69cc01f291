import { goalOf, stateOf } from './actionbar';
import { changesDocument } from './changes';
import { ISurroundings } from './surroundings';
import { IThread, IThreadChange } from './tokens';

/** Says to people who cannot see the page what goes on in the thread that is shown. */
export class Announcing {
  constructor(private _around: ISurroundings) {}

  changed(thread: IThread, change: IThreadChange): void {
    switch (change.kind) {
      case 'waiting': {
        const waiting = thread.turn(change.turn ?? '')?.waiting;
        if (waiting) {
          this._around.announce(waiting.reason);
        }
        break;
      }
      case 'turn':
        this._turnChanged(thread);
        break;
      case 'action':
        this._actionChanged(thread, change.action ?? '');
        break;
    }
  }

  private _turnChanged(thread: IThread): void {
    const { announce, trans } = this._around;
    const running = thread.running !== null;
    if (running === this._running) {
      return;
    }
    this._running = running;
    const ended = thread.turns[thread.turns.length - 1]?.ended?.reason;
    announce(
      running
        ? trans.__('Townie is answering')
        : ended === 'done'
          ? trans.__('The answer is complete')
          : trans.__('The answer has ended early')
    );
  }

  private _actionChanged(thread: IThread, id: string): void {
    const action = thread.action(id);
    if (!action) {
      return;
    }
    if (action.state === 'waiting') {
      this._waiting.add(id);
      this._around.announce(this._around.trans.__('Waits for your decision'));
    } else if (action.state !== 'running' && this._waiting.delete(id) && changesDocument(action)) {
      // What was decided in a review is gone from where the user was.
      this._around.announce(`${goalOf(this._around, action)}: ${stateOf(this._around, action)}`);
    }
  }

  private _running = false;
  /** What waited for a decision when it was last told of. */
  private _waiting = new Set<string>();
}
