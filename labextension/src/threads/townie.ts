import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import { ISignal, Signal } from '@lumino/signaling';
import { ILiveDocuments } from '../notebooks/tokens';
import { Options, Problem } from '../protocol';
import { ISettings } from '../settings/tokens';
import { TownieApi } from './api';
import { isUnsettled } from './changes';
import { Choices } from './choices';
import { ThreadConnection } from './connection';
import { Thread } from './thread';
import { ISubmit, IThread, IThreadChange, ITownie } from './tokens';

/** Idle threads beyond this number lose their connection, the least recently used first. */
const KEPT_OPEN = 12;

export interface ITownieOptions {
  api: TownieApi;
  page: string;
  settings: ISettings;
  documents: ILiveDocuments | null;
  trans: TranslationBundle;
}

/** The threads of this page, their connections, and the way in for everything that wants a turn. */
export class Townie implements ITownie {
  constructor(private _options: ITownieOptions) {
    this.choices = new Choices(_options.settings);
    _options.documents?.openChanged.connect(() => {
      for (const { connection } of this._open.values()) {
        connection.sendDocuments();
      }
    });
  }

  readonly choices: Choices;

  get threads(): readonly IThread[] {
    return Array.from(this._open.values(), entry => entry.thread);
  }

  get current(): IThread | null {
    return this._current;
  }

  get currentChanged(): ISignal<ITownie, void> {
    return this._currentChanged;
  }

  get changed(): ISignal<ITownie, { thread: IThread; change: IThreadChange }> {
    return this._changed;
  }

  get revealed(): ISignal<ITownie, { thread: IThread | null; turn: string | null }> {
    return this._revealed;
  }

  options(): Options {
    return this.choices.options(this._current);
  }

  async submit(submit: ISubmit): Promise<{ thread: IThread; turn: string }> {
    // The binding is that of this moment, so it is taken before anything is awaited.
    const binding = submit.binding ?? this._options.documents?.binding() ?? {};
    const options = { ...this.options(), ...submit.options };
    const turn = UUID.uuid4();
    const thread = submit.thread
      ? await this._opened(submit.thread)
      : (this._current ?? (await this._create(binding.path ?? null)));
    if (!submit.thread && this._current !== thread) {
      this._setCurrent(thread);
    }
    const taken = thread.submit({
      command: 'submit',
      turn,
      purpose: submit.purpose,
      text: submit.text,
      binding,
      attachments: submit.attachments ?? [],
      options,
      error: submit.error ?? null,
      replaces: submit.replaces ?? null
    });
    if (submit.reveal ?? true) {
      if (this._current !== thread) {
        this._setCurrent(thread);
      }
      this._revealed.emit({ thread, turn });
    }
    await taken;
    return { thread, turn };
  }

  open(id: string): Promise<IThread> {
    return this._opened(id);
  }

  async show(id: string, turn?: string): Promise<void> {
    const thread = await this._opened(id);
    this._setCurrent(thread);
    this._revealed.emit({ thread, turn: turn ?? null });
  }

  async select(id: string | null): Promise<void> {
    const asked = ++this._asked;
    const thread = id === null ? null : await this._opened(id);
    // Another thread may have been asked for while this one was read.
    if (asked === this._asked) {
      this._setCurrent(thread);
    }
  }

  close(id: string): void {
    const entry = this._open.get(id);
    if (!entry) {
      return;
    }
    const { thread, connection } = entry;
    this._open.delete(id);
    connection.dispose();
    this._changed.emit({ thread, change: { kind: 'gone' } });
    thread.end({
      code: 'thread_deleted',
      message: this._options.trans.__('This chat was deleted.')
    });
    if (this._current === thread) {
      this._setCurrent(null);
    }
  }

  notify(problem: Problem, level: 'info' | 'warning' | 'error' = 'info'): void {
    const text = [problem.message, problem.remedy].filter(part => part).join('\n');
    Notification.emit(text, level, { autoClose: level === 'error' ? 12_000 : 6_000 });
  }

  private async _create(path: string | null): Promise<Thread> {
    const info = await this._options.api.create({ path });
    return this._follow(info.id, info.title, false);
  }

  private _opened(id: string): Promise<Thread> {
    const entry = this._open.get(id);
    if (entry) {
      // Moved to the end: the least recently used comes first.
      this._open.delete(id);
      this._open.set(id, entry);
      return Promise.resolve(entry.thread);
    }
    let opening = this._opening.get(id);
    if (!opening) {
      opening = this._follow(id, '', true).finally(() => this._opening.delete(id));
      this._opening.set(id, opening);
    }
    return opening;
  }

  private async _follow(id: string, title: string, existing: boolean): Promise<Thread> {
    const { api, documents, page } = this._options;
    const thread = new Thread(id, command => connection.send(command));
    // One response is much quicker than a socket frame for each event of a long thread.
    thread.load(existing ? await api.events(id) : [], title);
    thread.changed.connect((_, change) => this._changed.emit({ thread, change }));
    const connection = new ThreadConnection({
      socket: after => this._socket(id, after, page),
      after: () => thread.seq,
      documents: () => documents?.open ?? [],
      unsaved: () => documents?.unsaved ?? [],
      handle: async body =>
        documents
          ? documents.handle(body)
          : { verb: 'refused', reason: 'not_open', message: 'No notebook is open in this page.' },
      event: event => thread.apply(event),
      preview: frame => thread.preview(frame),
      replayed: (seq, running) => thread.replayed(seq, running),
      refused: (problem, turn) => thread.refuse(problem, turn),
      connected: connected => thread.setConnected(connected),
      gone: () => this.close(id)
    });
    this._open.set(id, { thread, connection });
    connection.connect();
    this._closeIdle();
    return thread;
  }

  /** Differs for every load of the page, so that the server knows a reloaded notebook from the one before. */
  private readonly _load = UUID.uuid4();

  private _socket(id: string, after: number, page: string): WebSocket {
    const query = { after: String(after), page, load: this._load };
    return this._options.api.socket(`threads/${encodeURIComponent(id)}/channel`, query);
  }

  private _closeIdle(): void {
    for (const [id, { thread, connection }] of this._open) {
      if (this._open.size <= KEPT_OPEN) {
        return;
      }
      if (thread !== this._current && thread.connected && !isAtWork(thread)) {
        this._open.delete(id);
        connection.dispose();
      }
    }
  }

  private _setCurrent(thread: Thread | null): void {
    if (thread !== this._current) {
      this._asked++;
      this._current = thread;
      this._currentChanged.emit();
    }
  }

  private _open = new Map<string, { thread: Thread; connection: ThreadConnection }>();
  private _opening = new Map<string, Promise<Thread>>();
  private _current: Thread | null = null;
  private _asked = 0;
  private _currentChanged = new Signal<ITownie, void>(this);
  private _changed = new Signal<ITownie, { thread: IThread; change: IThreadChange }>(this);
  private _revealed = new Signal<ITownie, { thread: IThread | null; turn: string | null }>(this);
}

/** Whether a thread has something to do, or to decide on: without its connection that would come to nothing. */
function isAtWork({ running, turns }: IThread): boolean {
  return running !== null || turns.some(({ actions }) => actions.some(isUnsettled));
}
