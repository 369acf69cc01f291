import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import type { Choices } from './choices';
import {
  ActionBody,
  ActionStarted,
  AppChecked,
  Attachment,
  Binding,
  CellsRan,
  Decide,
  Failure,
  Image,
  Notice,
  Options,
  PreviewFrame,
  Problem,
  Proof,
  RawError,
  Replied,
  RequestSent,
  Restored,
  Target,
  TurnEnded,
  TurnStarted,
  Undone,
  UndoneVariable,
  Usage
} from '../protocol';

/** One part of an answer: prose, thinking, or one code block. Grows while `open`. */
export interface IPart {
  readonly part: number;
  readonly kind: 'prose' | 'thinking' | 'code';
  readonly language: string;
  readonly target: Target | null;
  text: string;
  open: boolean;
  complete: boolean;
  /** How often text that was there already has been replaced; a view that has consumed it begins again. */
  rewrites: number;
}

/** Something that Townie did or proposes to do. */
export interface IAction {
  readonly id: string;
  readonly turn: string;
  readonly part: number | null;
  readonly gate: ActionStarted['gate'];
  body: ActionBody;
  state: ActionStarted['state'];
  message: string;
  proof: Proof | null;
}

/** A tool that the model called. */
export interface IToolCall {
  readonly call: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Null while it works. */
  ok: boolean | null;
  text: string;
  /** What the model was shown with the text. */
  images: readonly Image[];
}

/** What a turn is made of, in the order in which it came; `index` counts within its own kind. */
export interface ITurnItem {
  readonly kind: 'part' | 'action' | 'run' | 'check' | 'notice' | 'tool';
  readonly index: number;
}

/** Why nothing happens at the moment; `until` is in seconds since the epoch by this page's clock. */
export interface IWaiting {
  readonly reason: string;
  readonly until: number | null;
}

/** What a change that is still being written comes to so far; its action follows when it is complete. */
export type IPreview = Omit<PreviewFrame, 'frame'>;

/** One question and everything that followed from it, folded from the events of the log. */
export interface ITurn {
  readonly id: string;
  readonly started: TurnStarted;
  readonly parts: IPart[];
  readonly actions: IAction[];
  readonly runs: CellsRan[];
  /** Apps that were loaded anew and watched. */
  readonly checks: AppChecked[];
  readonly requests: string[];
  readonly usage: Usage[];
  readonly ended: TurnEnded | null;
  readonly failure: Failure | null;
  readonly kept: boolean;
  readonly undone: boolean;
  /** The later turn that took this one's place, if any. */
  readonly replacedBy: string | null;
  readonly items: readonly ITurnItem[];
  readonly notices: readonly Notice[];
  readonly tools: readonly IToolCall[];
  /** The `request_sent` events behind `requests`. */
  readonly sent: readonly RequestSent[];
  readonly waiting: IWaiting | null;
  /** How the model's last answer stopped. */
  readonly stop: Replied['stop'] | null;
  /** Submitted by this page, not yet taken by the server. */
  readonly pending: boolean;
  /** Changes that are being written, by the part that holds them. */
  readonly previews: ReadonlyMap<number, IPreview>;
  /** Why the server did not take it. */
  readonly refused: Problem | null;
  /** The user has asked to stop it. */
  readonly stopping: boolean;
  /** What became of its changes when they were taken back last. */
  readonly undoing: Undone | null;
  /** What became of everything after it when the user went back to it last. */
  readonly restoration: Restored | null;
  /** The turn that the user went back to, when that took this one's changes back. */
  readonly restoredTo: string | null;
  /** Variables that the kernel still holds as undone cells had made them; empty again once their cells were run. */
  readonly variables: readonly UndoneVariable[];
}

/** What changed in a thread; views touch only what is named. */
export interface IThreadChange {
  kind:
    | 'turn'
    | 'part'
    | 'text'
    | 'action'
    | 'preview'
    | 'run'
    | 'tool'
    | 'usage'
    | 'notice'
    | 'waiting'
    | 'title'
    | 'connection'
    /** The thread was deleted, here or elsewhere: nothing of it is to be decided any more. */
    | 'gone';
  turn?: string;
  part?: number;
  action?: string;
}

/** A thread that this page follows over its WebSocket. */
export interface IThread {
  readonly id: string;
  readonly title: string;
  readonly turns: readonly ITurn[];
  /** The turn in progress, if any. */
  readonly running: ITurn | null;
  readonly connected: boolean;
  readonly changed: ISignal<IThread, IThreadChange>;
  /** Notices that belong to no turn. */
  readonly notices: readonly Notice[];
  turn(id: string): ITurn | undefined;
  action(id: string): IAction | undefined;
  stop(turn: string): void;
  /** `base` is the source that `text` was reviewed against, when it is no longer the action's `before`. */
  decide(
    action: string,
    decision: Decide['decision'],
    text?: string,
    hint?: string,
    base?: string
  ): void;
  /** `path` is the notebook of the cells when it is not the turn's. */
  run(turn: string, cellIds?: string[], path?: string): void;
  keep(turn: string): void;
  undo(turn: string): void;
  /** Take back everything after a turn, and with `before` that turn as well. */
  restore(turn: string, before: boolean): void;
  continue(turn: string): void;
}

export interface ISubmit {
  purpose: TurnStarted['purpose'];
  text: string;
  /** Default: what is active now. */
  binding?: Binding;
  attachments?: Attachment[];
  error?: RawError | null;
  replaces?: string | null;
  /** Default: the thread shown in the chat. */
  thread?: string;
  /** Whether to show the chat; default true. */
  reveal?: boolean;
  options?: Partial<Options>;
}

/** Townie as the other plugins of this page see it. */
export interface ITownie {
  /** The threads that are open in this page. */
  readonly threads: readonly IThread[];
  /** The thread shown in the chat, if one is. */
  readonly current: IThread | null;
  readonly currentChanged: ISignal<ITownie, void>;
  /** Any change of any open thread. */
  readonly changed: ISignal<ITownie, { thread: IThread; change: IThreadChange }>;
  /** A thread is to be shown in the chat, scrolled to a turn. */
  readonly revealed: ISignal<ITownie, { thread: IThread | null; turn: string | null }>;
  /** Make a thread the current one without bringing the chat into view; null is a new, empty chat. */
  select(id: string | null): Promise<void>;
  /** Forget a thread that is deleted. */
  close(id: string): void;
  /** Ask for a turn; resolves when the server has taken it. */
  submit(submit: ISubmit): Promise<{ thread: IThread; turn: string }>;
  /** Open a thread of the server without showing it. */
  open(id: string): Promise<IThread>;
  /** Show a thread in the chat, scrolled to a turn. */
  show(id: string, turn?: string): Promise<void>;
  /** The options that a turn submitted now in the current thread would have. */
  options(): Options;
  /** The model and mode of each thread. */
  readonly choices: Choices;
  /** Tell the user something, with its remedy, without a dialog. */
  notify(problem: Problem, level?: 'info' | 'warning' | 'error'): void;
}

export const ITownie = new Token<ITownie>(
  'jupyter-townie:ITownie',
  'The threads of Townie in this page.'
);
