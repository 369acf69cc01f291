import { untriedBecause, withCode } from '../failures/proof';
import { goalOf, stateOf } from './actionwords';
import { takesBack } from './changes';
import { insertCode } from './codeinsertion';
import { button, h } from './dom';
import { accept, review } from './reviewed';
import { baseName, ISurroundings } from './surroundings';
import { IAction, IThread, ITurn } from './tokens';
import { duration } from './usage';

/** Whether a candidate failed in its trial, so that the model was asked for another one. */
function passedOver(turn: ITurn | undefined, action: IAction): boolean {
  if (action.state !== 'failed' || action.proof?.status !== 'failed' || !turn) {
    return false;
  }
  return turn.ended === null || turn.actions[turn.actions.length - 1] !== action;
}

interface IChoice {
  label: string;
  townie: string;
  primary?: boolean;
  choose: () => void;
}

/** The decisions that an action's state allows; those of one part, or a line of its own for an action without part. */
export class ActionBar {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _place: 'part' | 'line'
  ) {
    this.node = h('div', { class: `jp-Townie-action jp-mod-${_place}`, townie: 'action' });
  }

  readonly node: HTMLElement;

  update(action: IAction): void {
    const turn = this._thread.turn(action.turn);
    const passed = passedOver(turn, action);
    // What a run did is told by its results.
    const told =
      action.body.kind === 'run' &&
      (action.state === 'done' || Boolean(turn?.runs.some(ran => ran.action === action.id)));
    const key = JSON.stringify([
      passed,
      told,
      action.state,
      action.message,
      action.proof,
      action.body,
      turn?.kept,
      turn?.undone,
      this._place === 'line' ? goalOf(this._around, action) : ''
    ]);
    if (key === this._key) {
      return;
    }
    this._key = key;
    this.node.dataset.state = action.state;
    this.node.dataset.action = action.id;
    const focused =
      (document.activeElement as HTMLElement | null)?.closest('.jp-Townie-action') === this.node;
    const children: HTMLElement[] = [];
    if (this._place === 'line') {
      const text = [goalOf(this._around, action), stateOf(this._around, action)].join(' · ');
      children.push(h('span', { class: 'jp-Townie-actionGoal' }, text));
    }
    const said = [
      action.message,
      action.body.kind === 'edit' || action.body.kind === 'start_app' ? action.body.note : '',
      action.body.kind === 'use_app' && action.state === 'waiting'
        ? this._around.trans.__(
            'First: %1. It is the app with its own data, in a browser of the server; asked once in this chat.',
            (action.body.steps ?? []).join(', ')
          )
        : ''
    ]
      .filter(text => text)
      .map(text => (/[.!?…:]$/.test(text ?? '') ? text : `${text}.`))
      .join(' ');
    if (said) {
      children.push(h('span', { class: 'jp-Townie-actionMessage' }, said));
    }
    // Why it was passed over says already what its trial came to.
    const proof = passed ? '' : this._proof(action);
    if (proof) {
      const look = `jp-Townie-actionMessage jp-mod-${action.proof?.status}`;
      children.push(h('span', { class: look, townie: 'action-proof' }, ...withCode(proof)));
    }
    const choices = this._choices(action);
    if (choices.length) {
      const row = h('span', { class: 'jp-Townie-choices' });
      for (const { label, townie, primary, choose } of choices) {
        row.append(button({ label, townie, kind: primary ? 'primary' : 'plain', click: choose }));
      }
      children.push(row);
    }
    this.node.replaceChildren(...children);
    this.node.hidden = children.length === 0 || told;
    if (focused) {
      (
        this.node.querySelector('button') ??
        (this.node.parentElement?.querySelector('pre') as HTMLElement)
      )?.focus();
    }
  }

  private _proof(action: IAction): string {
    const { trans } = this._around;
    const proof = action.proof;
    if (!proof) {
      return '';
    }
    const seconds =
      proof.seconds === null || proof.seconds === undefined ? '' : `, ${duration(proof.seconds)}`;
    switch (proof.status) {
      case 'ran':
        return trans.__('Tried: %1.', proof.detail || trans.__('runs') + seconds);
      case 'failed':
        return trans.__('Tried: %1.', proof.detail || trans.__('fails'));
      default:
        return trans.__('Could not be tried: %1.', untriedBecause(proof) || trans.__('no kernel'));
    }
  }

  private _choices(action: IAction): IChoice[] {
    const { trans } = this._around;
    const { id, turn, body } = action;
    const decide =
      (decision: 'accept' | 'accept_and_run' | 'reject'): (() => void) =>
      () => {
        if (decision === 'reject') {
          this._thread.decide(id, decision);
        } else {
          accept(this._around, this._thread, [action], decision === 'accept_and_run');
        }
      };
    const cell = 'cell_id' in body ? body.cell_id : null;
    const jump: IChoice = {
      label: cell ? trans.__('Go to cell') : trans.__('Open %1', baseName(body.path)),
      townie: 'jump',
      choose: () => void this._around.reveal(body.path, cell)
    };
    const reject: IChoice = {
      label: trans.__('Reject'),
      townie: 'reject',
      choose: decide('reject')
    };
    switch (action.state) {
      case 'waiting': {
        if (
          body.kind === 'run' ||
          body.kind === 'install' ||
          body.kind === 'start_app' ||
          body.kind === 'use_app'
        ) {
          const label = {
            run: trans.__('Run'),
            install: trans.__('Install'),
            start_app: trans.__('Allow and start'),
            use_app: trans.__('Allow')
          }[body.kind];
          return [{ label, townie: 'accept', primary: true, choose: decide('accept') }, reject];
        }
        const accept = { label: trans.__('Accept'), townie: 'accept', choose: decide('accept') };
        if (takesBack(action)) {
          return [{ ...accept, primary: true }, reject];
        }
        const code =
          body.kind === 'edit'
            ? cell != null && this._runs(body.path, cell)
            : body.kind === 'insert_cell' && body.cell_type !== 'markdown';
        if (!code) {
          const look: IChoice = {
            label: trans.__('Review'),
            townie: 'review-file',
            choose: () => void review(this._around, this._thread, action)
          };
          const file = body.kind === 'edit' && this._around.reviews ? [look] : [];
          return [{ ...accept, primary: true }, reject, ...file];
        }
        // What failed when it was tried is not what anybody should press without reading.
        const both = {
          label: trans.__('Accept and run'),
          townie: 'accept-run',
          primary: action.proof?.status !== 'failed',
          choose: decide('accept_and_run')
        };
        return [both, accept, reject];
      }
      case 'done': {
        if ((body.kind !== 'insert_cell' && body.kind !== 'edit') || takesBack(action)) {
          return [];
        }
        const choices: IChoice[] = [];
        const text = body.kind === 'insert_cell' && body.cell_type === 'markdown';
        if (cell && !text && this._runs(body.path, cell)) {
          choices.push({
            label: trans.__('Run'),
            townie: 'run-cell',
            choose: () => this._thread.run(turn, [cell])
          });
        }
        choices.push(jump);
        return choices;
      }
      case 'conflict':
      case 'failed':
      case 'held':
        return this._stuck(action, jump, reject);
      default:
        return [];
    }
  }

  /** Whether a cell is one that can be run; of one that is not open it is not known. */
  private _runs(path: string, cell: string): boolean {
    return (this._around.documents?.cellType?.(path, cell) ?? 'code') === 'code';
  }

  /** Whether a notebook is open and has a cell no more. */
  private _isGone(path: string, cell: string): boolean {
    const { documents } = this._around;
    return Boolean(documents?.open.includes(path) && !documents.describe?.(path, cell));
  }

  /** In which language the code of an action was written. */
  private _language({ turn, part }: IAction): string {
    const parts = this._thread.turn(turn)?.parts ?? [];
    return parts.find(one => one.part === part)?.language ?? '';
  }

  /** What did not get into the document may get there now, or the user lets it be. */
  private _stuck(action: IAction, jump: IChoice, reject: IChoice): IChoice[] {
    const { trans } = this._around;
    const { body, state } = action;
    if (passedOver(this._thread.turn(action.turn), action)) {
      return [];
    }
    const again = (label: string, townie: string): IChoice => ({
      label,
      townie,
      primary: true,
      choose: () => accept(this._around, this._thread, [action])
    });
    const open: IChoice = { ...jump, label: trans.__('Open %1', baseName(body.path)) };
    switch (body.kind) {
      case 'insert_cell': {
        const look = state === 'conflict' ? jump : open;
        // As long as its text still arrives, what is there of it can not be inserted.
        return body.source ? [again(trans.__('Insert'), 'insert-again'), look, reject] : [look];
      }
      case 'edit': {
        if (state === 'failed' && body.cell_id && this._isGone(body.path, body.cell_id)) {
          const insert: IChoice = {
            label: trans.__('Insert as new cell'),
            townie: 'insert-instead',
            primary: true,
            choose: () =>
              void insertCode(this._around, body.after, this._language(action), 'below', this.node)
          };
          return [
            insert,
            { ...again(trans.__('Try again'), 'apply-again'), primary: false },
            reject
          ];
        }
        if (state !== 'conflict') {
          return [again(trans.__('Try again'), 'apply-again'), open, reject];
        }
        const look: IChoice = {
          label: trans.__('Review'),
          townie: 'review-conflict',
          primary: true,
          choose: () => void review(this._around, this._thread, action)
        };
        return this._around.reviews ? [look, reject] : [jump, reject];
      }
      default:
        return [];
    }
  }

  private _key = '';
}
