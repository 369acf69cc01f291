import {
  ActionStarted,
  AppChecked,
  CellsRan,
  Event,
  Failure,
  Notice,
  Problem,
  Proof,
  Replied,
  RequestSent,
  Restored,
  Submit,
  TextAdded,
  TurnEnded,
  TurnStarted,
  Undone,
  UndoneVariable,
  Usage
} from '../protocol';
import { withoutRun } from './undonevariables';
import {
  IAction,
  IPart,
  IPreview,
  IThreadChange,
  IToolCall,
  ITurn,
  ITurnItem,
  IWaiting
} from './tokens';

export interface Action extends IAction {}

interface Part extends IPart {}

/** One turn, folded from its events. */
export class Turn implements ITurn {
  private constructor(
    readonly id: string,
    public started: TurnStarted
  ) {
    this.failure = started.failure ?? null;
  }

  static started(id: string, event: TurnStarted): Turn {
    return new Turn(id, event);
  }

  /** A turn that was submitted here and that the server does not know yet. */
  static pending(submit: Submit): Turn {
    const turn = new Turn(submit.turn, {
      seq: 0,
      time: Date.now() / 1000,
      turn: submit.turn,
      type: 'turn_started',
      purpose: submit.purpose ?? 'chat',
      text: submit.text ?? '',
      binding: submit.binding ?? {},
      attachments: submit.attachments ?? [],
      options: submit.options ?? {},
      model: submit.options?.model ?? '',
      replaces: submit.replaces ?? null
    });
    turn.pending = true;
    return turn;
  }

  readonly parts: Part[] = [];
  readonly actions: Action[] = [];
  readonly runs: CellsRan[] = [];
  readonly checks: AppChecked[] = [];
  readonly requests: string[] = [];
  readonly sent: RequestSent[] = [];
  readonly usage: Usage[] = [];
  readonly items: ITurnItem[] = [];
  readonly notices: Notice[] = [];
  readonly tools: IToolCall[] = [];
  ended: TurnEnded | null = null;
  failure: Failure | null;
  kept = false;
  undone = false;
  undoing: Undone | null = null;
  restoration: Restored | null = null;
  restoredTo: string | null = null;
  variables: readonly UndoneVariable[] = [];
  readonly previews = new Map<number, IPreview>();
  replacedBy: string | null = null;
  waiting: IWaiting | null = null;
  stop: Replied['stop'] | null = null;
  pending = false;
  refused: Problem | null = null;
  stopping = false;

  start(event: TurnStarted): void {
    this.started = event;
    this.pending = false;
    this.refused = null;
  }

  refuse(problem: Problem): void {
    this.refused = problem;
  }

  /** The user asked to go on after the end. */
  reopen(): void {
    this._end = this.ended;
    this.ended = null;
    this.stopping = false;
  }

  /** The server could not do what was shown as done already (a stop, a continuation). */
  takeBack(): void {
    this.stopping = false;
    this.ended ??= this._end;
  }

  /** The server does not run it any more, and its log does not say how it ended. */
  interrupt(seq: number): void {
    this.waiting = null;
    this.ended = {
      seq,
      time: Date.now() / 1000,
      turn: this.id,
      type: 'turn_ended',
      reason: 'interrupted'
    };
    this._closeParts(false);
  }

  /** Fold one event; null when nothing that is shown has changed. `live` is false during a replay. */
  apply(event: Event, live: boolean): IThreadChange | null {
    this.waiting = null;
    if (this.ended && reopens(event)) {
      this.reopen();
    }
    this._end = null;
    switch (event.type) {
      case 'part_started':
        this._closeParts(true);
        this.parts[event.part] = {
          part: event.part,
          kind: event.kind,
          language: event.language ?? '',
          target: event.target ?? null,
          text: '',
          open: true,
          complete: true,
          rewrites: 0
        };
        this._item('part', event.part);
        return { kind: 'part', part: event.part };
      case 'part_resumed': {
        const part = this.parts[event.part];
        if (!part) {
          return null;
        }
        part.open = true;
        part.complete = true;
        // It was shown as ended.
        part.rewrites += 1;
        return { kind: 'part', part: event.part };
      }
      case 'text':
        return this._addText(event);
      case 'part_ended': {
        const part = this.parts[event.part];
        if (!part) {
          return null;
        }
        part.open = false;
        part.complete = event.complete ?? true;
        return { kind: 'part', part: event.part };
      }
      case 'action_started':
        return this._addAction(event);
      case 'action_changed': {
        const action = this._actions.get(event.action);
        if (!action) {
          return null;
        }
        action.state = event.state;
        action.message = event.message ?? '';
        action.body = event.body ?? action.body;
        action.proof = event.proof ?? action.proof;
        return { kind: 'action', action: action.id, part: action.part ?? undefined };
      }
      case 'cells_ran':
        this.runs.push(event);
        this.variables = withoutRun(this.variables, event);
        this.failure = event.failure ?? this.failure;
        this._item('run', this.runs.length - 1);
        return { kind: 'run', action: event.action ?? undefined };
      case 'app_checked':
        this.checks.push(event);
        this._item('check', this.checks.length - 1);
        return { kind: 'run' };
      case 'tool_called':
        this.tools.push({
          call: event.call,
          name: event.name,
          arguments: event.arguments,
          ok: null,
          text: '',
          images: []
        });
        this._item('tool', this.tools.length - 1);
        return { kind: 'tool' };
      case 'tool_returned': {
        const tool = this.tools.find(tool => tool.call === event.call);
        if (!tool) {
          return null;
        }
        tool.ok = event.ok;
        tool.text = event.text;
        tool.images = event.images ?? [];
        return { kind: 'tool' };
      }
      case 'request_sent':
        this.requests.push(event.request);
        this.sent.push(event);
        return { kind: 'usage' };
      case 'usage':
        this.usage.push(event.usage);
        return { kind: 'usage' };
      case 'waiting':
        this.waiting = { reason: event.reason, until: until(event.time, event.seconds, live) };
        return { kind: 'waiting' };
      case 'notice':
        this.notices.push(event);
        this._item('notice', this.notices.length - 1);
        return { kind: 'notice' };
      case 'replied':
        this.stop = event.stop;
        return this._endPreviews() ? { kind: 'preview' } : null;
      case 'turn_ended':
        this._endPreviews();
        this.ended = event;
        this.stopping = false;
        this._closeParts(event.reason === 'done');
        return { kind: 'turn' };
      case 'kept':
        this.kept = true;
        return { kind: 'turn' };
      case 'undone':
        this.undone = true;
        this.undoing = event;
        this.restoredTo = null;
        this.variables = event.variables ?? [];
        for (const id of event.actions) {
          const action = this._actions.get(id);
          if (action) {
            action.state = 'undone';
          }
        }
        return { kind: 'turn' };
      case 'restored':
        this.restoration = event;
        this.variables = event.variables ?? [];
        return { kind: 'turn' };
      default:
        // A newer server may tell of things that this page does not know.
        return null;
    }
  }

  /** What a part comes to so far; null when its action is there already. */
  preview(preview: IPreview): IThreadChange | null {
    if (this.ended || this.actions.some(action => action.part === preview.part)) {
      return null;
    }
    this.previews.set(preview.part, preview);
    return { kind: 'preview', part: preview.part };
  }

  private _endPreviews(): boolean {
    const some = this.previews.size > 0;
    this.previews.clear();
    return some;
  }

  private _addText(event: TextAdded): IThreadChange | null {
    const part = this.parts[event.part];
    if (!part) {
      return null;
    }
    const known = part.text.length;
    if (event.offset === known) {
      part.text += event.text;
      return { kind: 'text', part: part.part };
    }
    const text = part.text.slice(0, event.offset) + event.text;
    const grew = text.startsWith(part.text);
    if (text === part.text) {
      return null;
    }
    part.text = text;
    part.rewrites += grew ? 0 : 1;
    return { kind: 'text', part: part.part };
  }

  private _addAction(event: ActionStarted): IThreadChange {
    const action: Action = {
      id: event.action,
      turn: this.id,
      part: event.part ?? null,
      gate: event.gate,
      body: event.body,
      state: event.state,
      message: '',
      proof: (event.proof as Proof | null | undefined) ?? null
    };
    this.actions.push(action);
    this._actions.set(action.id, action);
    if (action.part !== null) {
      this.previews.delete(action.part);
    } else {
      this._item('action', this.actions.length - 1);
    }
    return { kind: 'action', action: action.id, part: action.part ?? undefined };
  }

  private _item(kind: ITurnItem['kind'], index: number): void {
    this.items.push({ kind, index });
  }

  private _closeParts(complete: boolean): void {
    const last = this.parts[this.parts.length - 1];
    if (last?.open) {
      last.open = false;
      last.complete = complete;
    }
  }

  private _actions = new Map<string, Action>();
  private _end: TurnEnded | null = null;
}

/** Whether an event of an ended turn means that it goes on. */
function reopens(event: Event): boolean {
  return (
    event.type === 'request_sent' || event.type === 'part_started' || event.type === 'tool_called'
  );
}

/** The server's clock may differ from this page's, so a live wait counts from now. */
function until(time: number, seconds: number | null | undefined, live: boolean): number | null {
  if (seconds === null || seconds === undefined) {
    return null;
  }
  return (live ? Date.now() / 1000 : time) + seconds;
}
