import { ISignal, Signal } from '@lumino/signaling';
import {
  Command,
  Decide,
  Event,
  Notice,
  Problem,
  Restored,
  Submit,
  TurnStarted
} from '../protocol';
import { IAction, IPreview, IThread, IThreadChange } from './tokens';
import { Action, Turn } from './turn';

/**
 * A thread as its log tells it. `apply` folds one event in constant time, whatever came before; everything that the
 * user does leaves as a command through `send`, and comes back as events.
 */
export class Thread implements IThread {
  constructor(
    readonly id: string,
    private _send: (command: Command) => void
  ) {}

  get title(): string {
    return this._title;
  }

  get turns(): readonly Turn[] {
    return this._turns;
  }

  get notices(): readonly Notice[] {
    return this._notices;
  }

  get running(): Turn | null {
    const last = this._running;
    return last && !last.ended && !last.refused && !last.stopping ? last : null;
  }

  get connected(): boolean {
    return this._connected;
  }

  /** The last event that is known. */
  get seq(): number {
    return this._seq;
  }

  get changed(): ISignal<IThread, IThreadChange> {
    return this._changed;
  }

  turn(id: string): Turn | undefined {
    return this._byId.get(id);
  }

  action(id: string): IAction | undefined {
    return this._actions.get(id);
  }

  /** Fold many events without telling for each of them. */
  load(events: readonly Event[], title = ''): void {
    this._title = title || this._title;
    this._silent = true;
    for (const event of events) {
      this.apply(event);
    }
    this._silent = false;
    this._emit({ kind: 'turn' });
  }

  apply(event: Event): void {
    // Only a text may come again: it grows while it is the last of its log.
    if (event.type === 'text' ? event.seq < this._seq : event.seq <= this._seq) {
      return;
    }
    this._seq = event.seq;
    switch (event.type) {
      case 'title':
        this._title = event.title;
        this._emit({ kind: 'title' });
        return;
      case 'turn_started':
        this._start(event);
        return;
      case 'notice':
        if (!event.turn) {
          this._notices.push(event);
          this._emit({ kind: 'notice' });
          return;
        }
    }
    const turn = event.turn ? this._byId.get(event.turn) : undefined;
    if (!turn) {
      return;
    }
    const waited = turn.waiting !== null && event.type !== 'waiting';
    const change = turn.apply(event, !this._replaying);
    if (waited) {
      this._emit({ kind: 'waiting', turn: turn.id });
    }
    if (!change) {
      return;
    }
    if (event.type === 'action_started') {
      this._actions.set(event.action, turn.actions[turn.actions.length - 1]);
    } else if (event.type === 'turn_ended' && this._running === turn) {
      this._running = null;
    }
    this._emit({ ...change, turn: turn.id });
    if (event.type === 'restored') {
      this._gatherIn(turn, event);
    }
  }

  /** The server has sent everything up to `seq`; an unended turn that it does not run will never go on. */
  replayed(seq: number, running: string | null): void {
    this._replaying = false;
    const turn = this._running;
    if (turn && !turn.pending && turn.id !== running && !turn.ended) {
      turn.interrupt(this._seq);
      this._running = null;
      this._emit({ kind: 'turn', turn: turn.id });
    }
    const resumed = running === null ? undefined : this._byId.get(running);
    if (resumed && !resumed.ended) {
      this._running = resumed;
    }
    this._emit({ kind: 'connection' });
  }

  /** Show what a change comes to while it is written. */
  preview(preview: IPreview): void {
    const turn = this._byId.get(preview.turn);
    const change = turn?.preview(preview);
    if (turn && change) {
      this._emit({ ...change, turn: turn.id });
    }
  }

  setConnected(connected: boolean): void {
    this._connected = connected;
    if (!connected) {
      this._replaying = true;
    }
    this._emit({ kind: 'connection' });
  }

  /** Show a turn before the server has taken it. Resolves when it has, rejects with `Problem` when it refuses. */
  submit(submit: Submit): Promise<void> {
    const turn = Turn.pending(submit);
    this._add(turn);
    const taken = new Promise<void>((resolve, reject) => {
      this._untaken.set(turn.id, { resolve, reject });
    });
    this._send({ ...submit, command: 'submit' });
    return taken;
  }

  /** The server could not carry out a command. */
  refuse(problem: Problem, id: string | null): void {
    const turn = id === null ? undefined : this._byId.get(id);
    if (turn?.pending) {
      turn.refuse(problem);
      this._untaken.get(turn.id)?.reject(problem);
      this._untaken.delete(turn.id);
      if (this._running === turn) {
        this._running = null;
      }
      this._emit({ kind: 'turn', turn: turn.id });
      return;
    }
    turn?.takeBack();
    if (turn && turn.ended && this._running === turn) {
      this._running = null;
    }
    this._notices.push({
      seq: this._seq,
      time: Date.now() / 1000,
      turn: id,
      level: 'error',
      problem
    });
    this._emit({ kind: 'notice', turn: id ?? undefined });
  }

  /** The thread was deleted: what the server has not taken it will never take. */
  end(problem: Problem): void {
    for (const id of Array.from(this._untaken.keys())) {
      this.refuse(problem, id);
    }
  }

  stop(id: string): void {
    const turn = this._byId.get(id);
    if (turn && !turn.ended && !turn.stopping) {
      turn.stopping = true;
      this._send({ command: 'stop', turn: id });
      this._emit({ kind: 'turn', turn: id });
    }
  }

  decide(
    action: string,
    decision: Decide['decision'],
    text?: string,
    hint?: string,
    base?: string
  ): void {
    this._send({
      command: 'decide',
      action,
      decision,
      text: text ?? null,
      base: base ?? null,
      hint: hint ?? ''
    });
  }

  run(turn: string, cellIds: string[] = [], path?: string): void {
    this._send({ command: 'run', turn, cell_ids: cellIds, ...(path ? { path } : {}) });
  }

  keep(turn: string): void {
    this._send({ command: 'keep', turn });
  }

  undo(turn: string): void {
    this._send({ command: 'undo', turn });
  }

  restore(turn: string, before: boolean): void {
    this._send({ command: 'restore', turn, before });
  }

  continue(turn: string): void {
    this._byId.get(turn)?.reopen();
    this._running = this._byId.get(turn) ?? this._running;
    this._send({ command: 'continue', turn });
    this._emit({ kind: 'turn', turn });
  }

  private _start(event: TurnStarted): void {
    if (!event.turn) {
      return;
    }
    const known = this._byId.get(event.turn);
    if (known) {
      known.start(event);
      this._untaken.get(known.id)?.resolve();
      this._untaken.delete(known.id);
      this._running = known;
      this._replace(known);
      this._emit({ kind: 'turn', turn: known.id });
    } else {
      this._add(Turn.started(event.turn, event));
    }
  }

  private _add(turn: Turn): void {
    this._byId.set(turn.id, turn);
    this._turns.push(turn);
    // What the server has not taken may be refused while another turn goes on.
    if (!turn.pending || !this.running) {
      this._running = turn;
    }
    this._replace(turn);
    this._emit({ kind: 'turn', turn: turn.id });
  }

  private _replace(turn: Turn): void {
    const older = turn.started.replaces ? this._byId.get(turn.started.replaces) : undefined;
    if (older && older.replacedBy !== turn.id) {
      older.replacedBy = turn.id;
      this._emit({ kind: 'turn', turn: older.id });
    }
  }

  /** What was taken back on the way to `turn` is told there, once, and not at each of the other turns again. */
  private _gatherIn(turn: Turn, event: Restored): void {
    for (const id of event.turns) {
      const other = this._byId.get(id);
      if (other && other !== turn) {
        other.restoredTo = turn.id;
        other.variables = [];
        this._emit({ kind: 'turn', turn: id });
      }
    }
  }

  private _emit(change: IThreadChange): void {
    if (!this._silent) {
      this._changed.emit(change);
    }
  }

  private _title = '';
  private _seq = 0;
  private _connected = false;
  private _replaying = true;
  private _silent = false;
  private _turns: Turn[] = [];
  private _byId = new Map<string, Turn>();
  private _actions = new Map<string, Action>();
  private _notices: Notice[] = [];
  private _running: Turn | null = null;
  private _untaken = new Map<string, { resolve: () => void; reject: (problem: Problem) => void }>();
  private _changed = new Signal<IThread, IThreadChange>(this);
}
