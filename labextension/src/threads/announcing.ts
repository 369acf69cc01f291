import { goalOf, stateOf } from './actionwords';
import { changesDocument } from './changes';
import { ISurroundings } from './surroundings';
import { IThread, IThreadChange } from './tokens';

/** Says to people who cannot see the page what goes on in the thread that is shown, and what was decided in any. */
export class Announcing {
  constructor(private _around: ISurroundings) {}

  changed(thread: IThread, change: IThreadChange, shown: boolean): void {
    if (change.kind === 'action') {
      this._actionChanged(thread, change.action ?? '', shown);
    } else if (shown) {
      this._threadChanged(thread, change);
    }
  }

  private _threadChanged(thread: IThread, change: IThreadChange): void {
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

  private _actionChanged(thread: IThread, id: string, shown: boolean): void {
    const action = thread.action(id);
    if (!action) {
      return;
    }
    if (action.state === 'waiting') {
      this._waiting.add(id);
      if (shown) {
        this._around.announce(this._around.trans.__('Waits for your decision'));
      }
    } else if (action.state !== 'running' && this._waiting.delete(id) && changesDocument(action)) {
      // What was decided in a review is gone from where the user was.
      this._around.announce(`${goalOf(this._around, action)}: ${stateOf(this._around, action)}`);
    }
  }

  private _running = false;
  /** What waited for a decision when it was last told of. */
  private _waiting = new Set<string>();
}
