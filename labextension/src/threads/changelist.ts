import { stateOf } from './actionwords';
import { IChange, ICounts, changesOf, counting, isWaiting, takesBack } from './changes';
import { countsView } from './counts';
import { diffLines } from './diffview';
import { button, h } from './dom';
import { GoBack } from './goback';
import { accept, review } from './reviewed';
import { documentName, ISurroundings } from './surroundings';
import { IAction, IThread, ITurn } from './tokens';

/** With more documents than this the list is folded until the user opens it. */
const SHOWN_OPEN = 8;

/** What a turn changed: "3 changes, +12 −3", each cell and file, and what can be decided about all of them. */
export class ChangeList {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn,
    private _goBack: GoBack
  ) {
    this.node = h('div', {
      role: 'group',
      class: 'jp-Townie-changes',
      townie: 'changes',
      'aria-label': _around.trans.__('Changes of this answer')
    });
    this.update();
  }

  readonly node: HTMLElement;

  update(): void {
    const changes = changesOf(this._turn);
    const { kept, undone, ended } = this._turn;
    const key = JSON.stringify([
      changes.map(change => [change.action.id, change.state, change.counts, this._name(change)]),
      [kept, undone, ended !== null, this._turn.runs.length]
    ]);
    if (key === this._key) {
      return;
    }
    this._key = key;
    this.node.hidden = changes.length === 0;
    if (this.node.hidden) {
      this.node.replaceChildren();
      return;
    }
    const focused = (document.activeElement as HTMLElement | null)?.closest('[data-townie]');
    const again = focused && this.node.contains(focused) ? focused : null;
    const over = counting(changes).length === 0;
    // One change is told by its own card already.
    const several = changes.length > 1;
    this.node.classList.toggle('jp-mod-single', !several);
    const open =
      this._over === over && this._list && this._several === several
        ? this._list.open
        : !over && several && changes.length <= SHOWN_OPEN;
    this._several = several;
    this._over = over;
    this._list = h(
      'details',
      {},
      this._summary(changes),
      h('ul', { class: 'jp-Townie-changeRows' }, ...changes.map(change => this._row(change)))
    );
    this._list.open = open;
    this.node.replaceChildren(this._list, ...this._choices(changes));
    if (again) {
      // What was pressed may be gone; the list is where its effect is told.
      const same = this.node.querySelector<HTMLElement>(
        `[data-townie="${again.getAttribute('data-townie')}"]`
      );
      (same ?? this._list.querySelector('summary'))?.focus();
    }
  }

  private _summary(changes: readonly IChange[]): HTMLElement {
    const { trans } = this._around;
    const counted = counting(changes);
    const undone = changes.filter(change => change.state === 'undone').length;
    const text = counted.length
      ? trans._n('%1 change', '%1 changes', counted.length, counted.length)
      : undone
        ? trans._n('%1 change, undone', '%1 changes, undone', undone, undone)
        : trans.__('Nothing changed');
    const node = h(
      'summary',
      { townie: 'changes-summary' },
      h('span', { class: 'jp-Townie-changesTitle' }, text)
    );
    void Promise.all(counted.map(lineCounts)).then(counts => {
      const sum = counts.reduce(
        (all, one) => ({ added: all.added + one.added, removed: all.removed + one.removed }),
        { added: 0, removed: 0 }
      );
      node.append(countsView(this._around, sum));
    });
    return node;
  }

  private _name(change: IChange): string {
    const text = change.effect === 'deleted' ? change.before : change.after;
    return documentName(this._around, change.path, change.cellId, text);
  }

  private _row(change: IChange): HTMLElement {
    const { trans } = this._around;
    const { action, state, effect } = change;
    const name = this._name(change);
    const what = {
      new: change.cellId ? trans.__('new') : trans.__('new file'),
      changed: '',
      deleted: trans.__('deleted')
    }[effect];
    const told = [what, stateOf(this._around, action)].filter(text => text).join(' · ');
    const reviewable = canReview(action) && this._around.reviews !== null;
    const counts = h('span');
    void lineCounts(change).then(lines => counts.replaceWith(countsView(this._around, lines)));
    return h(
      'li',
      { class: 'jp-Townie-change', townie: 'change', 'data-state': state },
      button({
        label: name,
        kind: 'link',
        townie: 'change-jump',
        title: change.cellId ? `${name} · ${change.path}` : change.path,
        click: () => void this._jump(change)
      }),
      counts,
      h('span', { class: 'jp-Townie-changeState', title: told }, told),
      reviewable &&
        button({
          label: trans.__('Review'),
          kind: 'link',
          townie: 'change-review',
          click: () => void review(this._around, this._thread, action)
        })
    );
  }

  /** To the cell, to the review of a file that waits, or to the file. */
  private async _jump(change: IChange): Promise<void> {
    const { reviews } = this._around;
    if (!change.cellId && canReview(change.action)) {
      if (await reviews?.openFile(this._thread, change.action.id, true)) {
        return;
      }
    }
    await this._around.reveal(change.path, change.cellId);
  }

  private _choices(changes: readonly IChange[]): HTMLElement[] {
    const { trans } = this._around;
    const { _thread: thread, _turn: turn } = this;
    const waiting = turn.actions.filter(action => isWaiting(action) && !takesBack(action));
    const row = h('div', { class: 'jp-Townie-choices' });
    if (waiting.length > 1) {
      row.append(
        button({
          label: trans.__('Accept all'),
          kind: 'primary',
          townie: 'accept-all',
          click: () => accept(this._around, thread, waiting)
        }),
        button({
          label: trans.__('Reject all'),
          townie: 'reject-all',
          click: () => waiting.forEach(action => thread.decide(action.id, 'reject'))
        })
      );
    }
    const undo = (): HTMLElement =>
      button({
        label: trans.__('Undo'),
        title: trans.__('Undo what this answer changed'),
        townie: 'undo',
        click: () => void this._goBack.undo()
      });
    const applied = changes.filter(change => change.state === 'done');
    const inserted = turn.actions.filter(
      ({ body, state }) => body.kind === 'insert_cell' && state === 'done'
    );
    if (inserted.length && !turn.kept) {
      const code = inserted.filter(
        ({ body }) => body.kind === 'insert_cell' && body.cell_type !== 'markdown'
      );
      const decided = waiting.length <= 1;
      const ran = code.every(action => hasRun(turn, action));
      row.append(
        h(
          'span',
          { class: 'jp-Townie-newCells', townie: 'new-cells' },
          code.length > 0 &&
            button({
              label: code.length > 1 ? trans.__('Run all') : trans.__('Run'),
              townie: 'run-all',
              kind: decided && !ran ? 'primary' : 'plain',
              click: () => thread.run(turn.id)
            }),
          button({
            label: trans.__('Keep'),
            townie: 'keep',
            kind: decided && ran ? 'primary' : 'plain',
            click: () => thread.keep(turn.id)
          }),
          undo()
        )
      );
    } else if (applied.some(change => change.effect !== 'new' || !turn.kept)) {
      row.append(undo());
    }
    return row.childElementCount ? [row] : [];
  }

  private _list: HTMLDetailsElement | null = null;
  private _over = false;
  private _several = false;
  private _key = '';
}

/** Whether a review of the change is shown somewhere or can be. */
function canReview({ body, state }: IAction): boolean {
  return body.kind === 'edit' && (state === 'waiting' || state === 'conflict');
}

/** Whether the cell of an action ran without an error in its turn. */
function hasRun(turn: ITurn, { body }: IAction): boolean {
  return turn.runs.some(({ runs }) =>
    runs.some(run => 'cell_id' in body && run.cell_id === body.cell_id && run.status === 'ok')
  );
}

async function lineCounts(change: IChange): Promise<ICounts> {
  if (change.counts) {
    return change.counts;
  }
  const lines = await diffLines(change.before, change.after);
  return {
    added: lines.filter(line => line.kind === 'added').length,
    removed: lines.filter(line => line.kind === 'removed').length
  };
}
