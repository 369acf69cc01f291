import { NotebookSnapshot } from '../protocol';
import { ActionBar } from './actionbar';
import { asProblem } from './api';
import { takesBack } from './changes';
import { button, h } from './dom';
import { accept, review } from './reviewed';
import { cellName, documentName, ISurroundings } from './surroundings';
import { IAction, IThread, ITurn } from './tokens';
import { comebacks, IComeback, inOrder, listed } from './undonevariables';

/** What became of the changes of a turn that were taken back, and what that leaves to do. */
export class TakenBack {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn
  ) {
    this.node = h('section', {
      class: 'jp-Townie-takenBack',
      townie: 'taken-back',
      'aria-label': _around.trans.__('Undone')
    });
    this._told = this._latest()?.seq ?? 0;
    this.update();
  }

  readonly node: HTMLElement;

  update(): void {
    const { _turn: turn, _around: around } = this;
    const latest = this._latest();
    const left = this._actions(latest?.left ?? []);
    const proposals = this._actions(latest?.proposals ?? []);
    const key = JSON.stringify([
      latest?.seq,
      turn.restoredTo,
      this._again(),
      turn.variables,
      [...left, ...proposals].map(action => [action.state, action.message]),
      turn.variables.map(({ path, defined_by: cell }) => cellName(around, path, cell))
    ]);
    if (key === this._key) {
      return;
    }
    this._key = key;
    this.node.hidden = latest === null;
    if (!latest) {
      this.node.replaceChildren();
      return;
    }
    const title = this._title();
    // A turn that was taken back on the way to another is told of there.
    const elsewhere = turn.restoredTo !== null;
    const settled = new Set(proposals.flatMap(takenBy));
    this.node.replaceChildren(
      h('div', { class: 'jp-Townie-takenBackTitle', townie: 'taken-back-title' }, title),
      ...(elsewhere
        ? []
        : [
            ...left
              .filter(action => action.state !== 'undone' && !settled.has(action.id))
              .filter(isFirstOfItsDocument)
              .map(action => this._left(action)),
            ...this._proposals(proposals),
            ...comebacks(turn.variables).map(entry => this._variables(entry))
          ])
    );
    if (latest.seq > this._told) {
      this._told = latest.seq;
      const waiting = proposals.filter(action => action.state === 'waiting').length;
      const { trans } = around;
      const names = listed(
        turn.variables.map(variable => variable.name),
        trans
      );
      around.announce(
        [
          title,
          waiting
            ? trans._n('%1 change to decide on.', '%1 changes to decide on.', waiting, waiting)
            : '',
          names ? trans.__('These variables still hold what the undone cells made: %1.', names) : ''
        ]
          .filter(text => text)
          .join(' ')
      );
    }
  }

  /** The last event that took something back: an undo of this turn, or a restoration to it. */
  private _latest() {
    const { undoing, restoration } = this._turn;
    return restoration && restoration.seq > (undoing?.seq ?? 0) ? restoration : undoing;
  }

  private _title(): string {
    const { trans } = this._around;
    const { restoration, restoredTo } = this._turn;
    const latest = this._latest();
    if (restoredTo !== null && !this._again()) {
      return trans.__('Undone on the way to an earlier point.');
    }
    if (latest && latest === restoration && !this._again()) {
      const turns = restoration.turns.length;
      const what = this._isWhole(restoration.left ?? [])
        ? trans._n('%1 answer undone.', '%1 answers undone.', turns, turns)
        : trans._n('%1 answer undone, except:', '%1 answers undone, except:', turns, turns);
      return restoration.before
        ? trans.__('Restored to before this message: %1', what)
        : trans.__('Restored to here: %1', what);
    }
    const left = !this._isWhole(latest?.left ?? []);
    if (this._again()) {
      return trans.__('Undone, but there again: the notebook was reloaded before it was saved.');
    }
    const taken = latest && 'actions' in latest ? latest.actions.length : 0;
    if (left && taken) {
      return trans.__('Undone, except:');
    }
    return left ? trans.__('Not undone yet:') : trans.__('Undone.');
  }

  /** Whether nothing of what could not be taken back at first is left by now. */
  private _isWhole(left: readonly string[]): boolean {
    return this._actions(left).every(action => action.state === 'undone');
  }

  /** How much of what was taken back is there again. */
  private _again(): number {
    const taken = this._actions(this._turn.undoing?.actions ?? []);
    return taken.filter(action => action.state === 'done').length;
  }

  private _actions(ids: readonly string[]): IAction[] {
    return ids.flatMap(id => this._thread.action(id) ?? []);
  }

  private _left(action: IAction): HTMLElement {
    const { body, message } = action;
    const cell = 'cell_id' in body ? body.cell_id : null;
    const text = body.kind === 'insert_cell' ? body.source : body.kind === 'edit' ? body.after : '';
    return h(
      'div',
      { class: 'jp-Townie-change', townie: 'left' },
      button({
        label: documentName(this._around, body.path, cell, text),
        kind: 'link',
        click: () => void this._around.reveal(body.path, cell)
      }),
      h('span', { class: 'jp-Townie-changeMessage' }, message)
    );
  }

  private _proposals(proposals: readonly IAction[]): HTMLElement[] {
    const { trans } = this._around;
    const waiting = proposals.filter(action => action.state === 'waiting');
    const rows: HTMLElement[] = proposals.map(action => {
      const bar = new ActionBar(this._around, this._thread, 'line');
      bar.update(action);
      bar.node.dataset.townie = 'proposal';
      if (action.state === 'waiting' && this._around.reviews) {
        bar.node.querySelector('.jp-Townie-choices')?.append(
          button({
            label: trans.__('Review'),
            townie: 'change-review',
            click: () => void review(this._around, this._thread, action)
          })
        );
      }
      return bar.node;
    });
    if (waiting.length > 1) {
      rows.push(
        h(
          'div',
          { class: 'jp-Townie-choices' },
          button({
            label: trans.__('Accept all'),
            kind: 'primary',
            townie: 'accept-all',
            click: () => accept(this._around, this._thread, waiting)
          }),
          button({
            label: trans.__('Reject all'),
            townie: 'reject-all',
            click: () => waiting.forEach(action => this._thread.decide(action.id, 'reject'))
          })
        )
      );
    }
    return rows;
  }

  private _variables(entry: IComeback): HTMLElement {
    const { trans } = this._around;
    const { path, names, cells, orphans } = entry;
    const node = h('div', { class: 'jp-Townie-variables', townie: 'undone-variables' });
    if (names.length) {
      const first = cellName(this._around, path, cells[0]);
      const only = cells.map(cell => cellName(this._around, path, cell)).join(', ');
      node.append(
        h(
          'p',
          {},
          trans.__(
            'These variables still hold what the undone cells made: %1.',
            listed(names, trans)
          )
        ),
        h(
          'div',
          { class: 'jp-Townie-choices' },
          button({
            label: trans.__('Run from %1', first),
            title: trans.__('Run the first cell that defines them and all cells below it'),
            kind: 'primary',
            townie: 'run-from',
            click: () => void this._run(entry, true)
          }),
          button({
            label: trans.__('Run only %1', only),
            title: trans.__('Run the cells that define them and no others'),
            townie: 'run-only',
            click: () => void this._run(entry, false)
          })
        )
      );
    }
    if (orphans.length) {
      node.append(
        h(
          'p',
          {},
          trans.__(
            'No cell defines these any more; they stay in the kernel until it is restarted: %1.',
            listed(orphans, trans)
          )
        )
      );
    }
    return node;
  }

  /** Where the cells stand is known to the page that has the notebook open, so it is opened for that. */
  private async _run({ path, cells }: IComeback, below: boolean): Promise<void> {
    const { documents, trans, townie } = this._around;
    const read = () => documents?.handle({ verb: 'read', path, outputs: false });
    try {
      let reply = await read();
      if (reply?.verb !== 'read') {
        await this._around.reveal(path, cells[0]);
        reply = await read();
      }
      const notebook: NotebookSnapshot | null = reply?.verb === 'read' ? reply.notebook : null;
      const wanted = notebook ? inOrder(notebook, cells, below) : cells;
      if (wanted.length) {
        this._thread.run(this._turn.id, wanted, path);
      } else {
        townie.notify(
          {
            code: 'missing',
            message: trans.__('The cells that define them are not there any more.'),
            remedy: trans.__('Restart the kernel to be rid of the variables.')
          },
          'warning'
        );
      }
    } catch (error) {
      townie.notify(asProblem(error), 'error');
    }
  }

  private _told: number;
  private _key = '';
}

/** Of several changes of one document the first one tells of all. */
function isFirstOfItsDocument(action: IAction, index: number, all: readonly IAction[]): boolean {
  const document = ({ body }: IAction): string =>
    `${body.path}\n${'cell_id' in body ? (body.cell_id ?? '') : ''}`;
  return all.findIndex(other => document(other) === document(action)) === index;
}

/** The actions that a proposal of an undo would take back. */
function takenBy(proposal: IAction): readonly string[] {
  return takesBack(proposal) && proposal.body.kind === 'edit'
    ? (proposal.body.takes_back ?? [])
    : [];
}
