import { Widget, PanelLayout } from '@lumino/widgets';
import { DropZone } from '../context/drop';
import { Attachment } from '../protocol';
import { Announcing } from './announcing';
import { asProblem, RequestError, TownieApi } from './api';
import { composerOf, IComposing } from './chatcomposer';
import { Composer } from './composer';
import { EmptyState } from './emptystate';
import { Header } from './header';
import { ChatMemory } from './memory';
import { Sending } from './sending';
import { ThreadList } from './threadlist';
import { IThread, IThreadChange } from './tokens';
import { Transcript } from './transcript';
import { ThreadUsage } from './threadusage';

export interface IChatOptions extends IComposing {
  api: TownieApi;
  memory: ChatMemory;
  /** Elements that say things to people who cannot see the page. */
  live: HTMLElement;
}

/** The chat sidebar: one thread at a time, or the list of all. */
export class Chat extends Widget {
  constructor(private _options: IChatOptions) {
    super();
    const { around, api, settings, catalog, live } = _options;
    const { trans, townie } = around;
    this.addClass('jp-Townie');
    this.addClass('jp-Townie-chat');
    this.slot.addClass('jp-Townie-slot');
    this.node.setAttribute('aria-label', trans.__('Townie'));
    this.node.setAttribute('role', 'region');
    this._header = new Header({
      trans,
      rename: title => this._rename(title),
      fresh: () => void this.fresh(),
      toggleList: () => this.toggleList()
    });
    this._transcript = new Transcript(around);
    this._empty = new EmptyState(around, catalog, starter => this._sending.begin(starter));
    this._list = new ThreadList(api, around, id => void this._openThread(id));
    this._usage = new ThreadUsage(around);
    const { composer, drop } = composerOf(_options, this.node, this._usage.node);
    this._composer = composer;
    this._drop = drop;
    this._sending = new Sending(around, _options.memory, this._composer);
    this._announcing = new Announcing(around);
    const header = new Widget({ node: this._header.node });
    const empty = new Widget({ node: this._empty.node });
    const layout = new PanelLayout();
    this.layout = layout;
    for (const widget of [header, this._list, empty, this._transcript, this.slot, this._composer]) {
      layout.addWidget(widget);
    }
    // Also heard while the chat is hidden.
    document.body.append(live);
    this._emptyWidget = empty;
    this._list.hide();
    this._composer.submitted.connect((_, { text, attachments }) => this._submit(text, attachments));
    this._composer.stopped.connect(() => this.stop());
    this._composer.edited.connect((_, text) =>
      _options.memory.setDraft(townie.current?.id ?? null, text)
    );
    this._transcript.scrolled.connect((_, top) =>
      _options.memory.setPlace(townie.current?.id ?? null, top)
    );
    this.node.addEventListener('keydown', event => {
      // While characters are composed, Escape gives up what is being composed.
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) {
        return;
      }
      if (!this._list.isHidden) {
        event.preventDefault();
        this._showList(false);
        this._composer.focus();
      } else if (townie.current?.running) {
        event.preventDefault();
        this.stop();
      }
    });
    townie.currentChanged.connect(this._showCurrent, this);
    townie.changed.connect(this._threadChanged, this);
    settings.changed.connect(this._setFont, this);
    this._setFont();
    this._showCurrent();
  }

  /** Above where a message is written: what other plugins have to say. */
  readonly slot = new Widget();

  /** What other plugins suggest to go with a message. */
  suggest(chips: readonly Attachment[]): void {
    this._composer.suggest(chips);
  }

  /** Bring back the thread, the place in it and the drafts of before the reload. */
  async restore(): Promise<void> {
    const { memory, around } = this._options;
    const { thread, top, picked } = await memory.restore();
    around.townie.choices.restore(picked);
    around.townie.choices.changed.connect(({ unused }) => memory.setPicked(unused));
    this._restoredTop = top;
    if (thread && !around.townie.current) {
      try {
        await around.townie.select(thread);
      } catch (error) {
        if (error instanceof RequestError && error.status === 404) {
          memory.moveDraft(thread);
          memory.setPlace(null, null);
        }
      }
    }
    this._restoredTop = null;
    if (!this._composer.text) {
      this._composer.text = memory.draft(around.townie.current?.id ?? null);
    }
  }

  focusInput(): void {
    this._composer.focus();
  }

  reveal(turn: string | null): void {
    this._showList(false);
    if (turn) {
      // The turn may have been added in this very moment, and is drawn with the next frame.
      requestAnimationFrame(() => this._transcript.reveal(turn));
    }
  }

  /** A cell was run, which may have failed: what is offered at the beginning may be something else now. */
  cellRan(): void {
    if (this._emptyWidget.isVisible) {
      this._empty.update();
    }
  }

  /** Show what undoing a turn would change. */
  async previewUndo(turn: string): Promise<void> {
    this._showList(false);
    await this._transcript.goBack(turn)?.show('undo', null);
  }

  async fresh(): Promise<void> {
    this._showList(false);
    const { townie } = this._options.around;
    await townie.select(null);
    townie.choices.used(null);
    this._empty.news = '';
    this._composer.focus();
  }

  stop(): void {
    const thread = this._options.around.townie.current;
    if (thread?.running) {
      thread.stop(thread.running.id);
      this._options.around.announce(this._options.around.trans.__('Stopped'));
    }
  }

  toggleList(): void {
    this._showList(this._list.isHidden);
  }

  override dispose(): void {
    this._drop.dispose();
    this._empty.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._read();
  }

  protected override onAfterAttach(): void {
    if (this.isVisible) {
      this._read();
    }
  }

  /** The models are asked for when the chat is first seen, not before. */
  private _read(): void {
    if (!this._options.catalog.models) {
      this._options.catalog
        .refresh()
        .catch(error => console.warn('The models could not be read.', error));
    }
  }

  private _submit(text: string, attachments: Attachment[]): void {
    this._showList(false);
    this._sending.submit(text, attachments);
  }

  private async _openThread(id: string): Promise<void> {
    const { townie } = this._options.around;
    try {
      await townie.select(id);
      this._showList(false);
      this._composer.focus();
    } catch (error) {
      townie.notify(asProblem(error), 'error');
      void this._list.refresh();
    }
  }

  private _rename(title: string): void {
    const { around, api } = this._options;
    const thread = around.townie.current;
    if (thread) {
      api.rename(thread.id, title).catch(error => {
        this._header.setTitle(thread.title);
        around.townie.notify(asProblem(error), 'error');
      });
    }
  }

  private _showList(open: boolean): void {
    if (open === this._list.isVisible) {
      return;
    }
    this._header.setListOpen(open);
    this._list.setHidden(!open);
    this._showBody();
    if (open) {
      this._list.focusSearch();
    } else {
      this._composer.focus();
    }
  }

  private _showBody(): void {
    const thread = this._options.around.townie.current;
    const begun = thread !== null && thread.turns.length > 0;
    const list = !this._list.isHidden;
    this._transcript.setHidden(list || !begun);
    this._emptyWidget.setHidden(list || begun);
    this._composer.setHidden(list);
    this.slot.setHidden(list);
    if (!begun) {
      this._empty.update();
    }
  }

  private _showCurrent(): void {
    const { around, memory } = this._options;
    const thread = around.townie.current;
    this._showBody();
    const before = this._transcript.thread;
    if (before !== thread) {
      this._transcript.setThread(thread, this._restoredTop);
      // The draft of a new chat goes over into the thread that it begins.
      if (this._shownBefore) {
        this._composer.text = memory.draft(thread?.id ?? null);
      }
      if (thread || before !== this._deleted) {
        this._empty.news = '';
        this._composer.reset();
      }
      this._deleted = null;
      memory.setPlace(thread?.id ?? null, this._restoredTop);
    }
    this._shownBefore = true;
    this._showThread(thread);
  }

  private _showThread(thread: IThread | null): void {
    this._header.setTitle(thread?.title ?? null);
    this._header.setConnected(!thread || thread.connected || !this._wasConnected);
    this._composer.setRunning(Boolean(thread?.running));
    this._sending.show(thread);
    this._composer.setSent(
      thread?.turns
        .filter(turn => turn.started.purpose === 'chat')
        .map(turn => turn.started.text) ?? []
    );
    this._usage.show(thread);
  }

  private _threadChanged(
    _: unknown,
    { thread, change }: { thread: IThread; change: IThreadChange }
  ): void {
    const shown = thread === this._options.around.townie.current;
    this._announcing.changed(thread, change, shown);
    if (!shown) {
      if (change.kind === 'gone') {
        this._options.memory.setDraft(thread.id, '');
      }
      return;
    }
    switch (change.kind) {
      case 'title':
        this._header.setTitle(thread.title);
        break;
      case 'connection':
        this._wasConnected = this._wasConnected || thread.connected;
        this._header.setConnected(thread.connected || !this._wasConnected);
        break;
      case 'usage':
        this._usage.show(thread);
        break;
      case 'turn':
        this._showBody();
        this._showThread(thread);
        break;
      case 'gone':
        this._leave(thread);
        break;
    }
  }

  /** The thread that is shown was deleted elsewhere: a new chat takes its place, with what was typed for it. */
  private _leave(thread: IThread): void {
    const { around, memory } = this._options;
    // The input stays as it is, but for what waits in a new chat already.
    memory.moveDraft(thread.id, this._composer.text);
    this._deleted = thread;
    const title = thread.title || around.trans.__('Untitled');
    const news = around.trans.__('The chat “%1” was deleted elsewhere.', title);
    this._empty.news = news;
    around.announce(news);
    if (this._transcript.node.contains(document.activeElement)) {
      this._composer.focus();
    }
  }

  private _setFont(): void {
    const size = this._options.settings.values.fontSize;
    this.node.style.setProperty('--jp-townie-font-size', size > 0 ? `${size}px` : '');
  }

  private _header: Header;
  private _transcript: Transcript;
  private _composer: Composer;
  private _list: ThreadList;
  private _empty: EmptyState;
  private _emptyWidget: Widget;
  private _usage: ThreadUsage;
  private _sending: Sending;
  private _announcing: Announcing;
  private _drop: DropZone;
  private _wasConnected = false;
  /** The thread that was deleted while it was shown, until the next is. */
  private _deleted: IThread | null = null;
  private _shownBefore = false;
  private _restoredTop: number | null = null;
}
