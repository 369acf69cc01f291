import { asProblem, Goal } from './api';
import { changesOf, counting, hasChanges } from './changes';
import { h } from './dom';
import { IChoice, openMenu } from './popup';
import { RestoreCard } from './restorecard';
import { ISurroundings } from './surroundings';
import { IThread, ITurn } from './tokens';

/** The ways back from one turn, and the place where each shows beforehand what it will change. */
export class GoBack {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn
  ) {
    this.node = h('div', { class: 'jp-Townie-goBack' });
    this.later = this._later().length > 0;
  }

  readonly node: HTMLElement;

  /** Whether a later turn has changes that could be taken back; the transcript keeps it current. */
  later: boolean;

  /** Whether there is anything to go back over. */
  get possible(): boolean {
    return this.later || hasChanges(this._turn);
  }

  /** What can be done now; empty when nothing was changed since. */
  get goals(): Goal[] {
    const later = this._later().length > 0;
    const own = hasChanges(this._turn);
    const goals: Goal[] = [];
    if (own) {
      goals.push('undo');
    }
    if (later) {
      goals.push('after');
    }
    if (own && later) {
      goals.push('before');
    }
    return goals;
  }

  openMenu(anchor: HTMLElement): void {
    const { trans } = this._around;
    const later = this._later().length;
    const own = counting(changesOf(this._turn)).length;
    const describe: Record<Goal, { label: string; description: string }> = {
      undo: {
        label: trans.__('Undo this answer…'),
        description: trans._n('Takes back its change', 'Takes back its %1 changes', own, own)
      },
      after: {
        label: trans.__('Restore to here…'),
        description: trans._n(
          'Takes back what the answer after this one changed',
          'Takes back what the %1 answers after this one changed',
          later,
          later
        )
      },
      before: {
        label: trans.__('Restore to before this message…'),
        description: trans.__('Takes back this answer and all that came after it')
      }
    };
    const choices = this.goals.map((goal): IChoice => ({ id: goal, ...describe[goal] }));
    openMenu(anchor, trans.__('Go back'), choices, goal => void this.show(goal as Goal, anchor));
  }

  /** Undo the turn: at once when nothing of the user's is touched, else after showing what it will do. */
  async undo(): Promise<void> {
    const opener = document.activeElement as HTMLElement | null;
    const preview = await this._preview('undo');
    if (!preview) {
      return;
    }
    if (preview.documents.every(document => document.certain !== false)) {
      this._thread.undo(this._turn.id);
    } else {
      this._show('undo', preview, opener);
    }
  }

  /** Show what going back will change, with the way to do it. */
  async show(goal: Goal, opener: HTMLElement | null): Promise<void> {
    const preview = await this._preview(goal);
    if (preview) {
      this._show(goal, preview, opener);
    }
  }

  private _show(
    goal: Goal,
    preview: NonNullable<Awaited<ReturnType<GoBack['_preview']>>>,
    opener: HTMLElement | null
  ): void {
    const { id } = this._turn;
    const card = new RestoreCard(this._around, goal, preview, {
      stops: preview.turns.some(turn => this._thread.running?.id === turn),
      decided: confirmed => {
        card.node.remove();
        if (confirmed && goal === 'undo') {
          this._thread.undo(id);
        } else if (confirmed) {
          this._thread.restore(id, goal === 'before');
        }
        const back = opener?.isConnected ? opener : this.node.closest<HTMLElement>('article');
        back?.focus();
      }
    });
    this.node.replaceChildren(card.node);
    card.node.scrollIntoView({ block: 'nearest' });
    card.node.focus({ preventScroll: true });
  }

  private async _preview(goal: Goal) {
    try {
      await connected(this._thread);
      return await this._around.preview(this._thread, this._turn.id, goal);
    } catch (error) {
      this._around.townie.notify(asProblem(error), 'error');
      return null;
    }
  }

  private _later(): ITurn[] {
    const { turns } = this._thread;
    return turns.slice(turns.indexOf(this._turn) + 1).filter(hasChanges);
  }
}

/** How long a connection is waited for, in milliseconds. */
const PATIENCE = 5_000;

/** Over its connection the server learns what is open in this page; it would look at a file or a page that is gone. */
async function connected(thread: IThread): Promise<void> {
  if (thread.connected) {
    return;
  }
  await new Promise<void>(resolve => {
    const done = (): void => {
      thread.changed.disconnect(changed);
      clearTimeout(timer);
      resolve();
    };
    const changed = (): void => {
      if (thread.connected) {
        done();
      }
    };
    const timer = setTimeout(done, PATIENCE);
    thread.changed.connect(changed);
  });
}
