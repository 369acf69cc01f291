import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { barButton } from '../notebooks/cellBar';
import type { EditAction } from '../protocol';
import type { DiffLayout, IDiffView } from './diffView';
import { withLineFeeds } from './openFiles';
import { IPaneServices, languageOf } from './pane';
import { position } from './position';
import { rebase } from './rebase';

export type FileChoice = 'accept' | 'reject' | 'leave';

export interface IFileReviewOptions {
  body: EditAction;
  /** The file's text as the user has it. */
  source: string;
  layout: DiffLayout;
  /** Whether it was asked for in the editor: then Escape rejects it. */
  inline: boolean;
  panes: IPaneServices;
  trans: TranslationBundle;
  /** Offers a key to the application's shortcuts. */
  onKey: (event: KeyboardEvent) => void;
}

let count = 0;

/** A proposed change of a file, in a tab; the file itself is not touched until it is accepted. */
export class FileReview extends Widget {
  constructor(private _options: IFileReviewOptions) {
    super();
    const { body, trans, source, layout, onKey } = _options;
    const name = PathExt.basename(body.path);
    this.id = `jp-townie-file-review-${++count}`;
    this.addClass('jp-TownieReview');
    this.addClass('jp-TownieFileReview');
    this.node.dataset.townie = 'file-review';
    this.node.tabIndex = -1;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Proposed change of %1', body.path));
    this.title.label = name;
    this.title.icon = textEditorIcon;
    this.title.caption = trans.__('Proposed change of %1', body.path);
    this.title.closable = true;
    this.source = source;
    this._diffLayout = layout;
    this._proposal = withLineFeeds(body.after);
    this._notice.className = 'jp-TownieReview-notice';
    this._notice.dataset.townie = 'review-changed';
    this._notice.setAttribute('role', 'status');
    this._notice.hidden = true;
    this._body.className = 'jp-TownieReview-body';
    this._body.addEventListener('keydown', onKey, true);
    this.node.append(this._makeHeader(), this._notice, this._body);
    if (body.note) {
      this.say(body.note);
    }
    void this._load(source);
  }

  /** The text that the proposal is to replace. */
  source: string;

  /** The user has decided, or goes back to the file. */
  get decided(): ISignal<this, FileChoice> {
    return this._decided;
  }

  /** What the file would hold: the proposal without what was rejected, and as the user changed it. */
  get proposal(): string {
    return this._diff?.proposal ?? this._proposal;
  }

  get diffLayout(): DiffLayout {
    return this._diffLayout;
  }

  setDiffLayout(layout: DiffLayout): void {
    if (layout === this._diffLayout) {
      return;
    }
    this._diffLayout = layout;
    this._layoutButton.setAttribute('aria-pressed', String(layout === 'split'));
    if (this._diff) {
      this._proposal = this._diff.proposal;
      const focused = this._body.contains(document.activeElement);
      void this._load(this._diff.original).then(() => focused && this._diff?.focus());
    }
  }

  step(by: 1 | -1): void {
    const total = this._diff?.changes.length ?? 0;
    if (this._diff && total) {
      const current = this._stepped ? this._diff.current : by > 0 ? -1 : 0;
      this._stepped = true;
      this._diff.goTo((current + by + total) % total);
      this._diff.focus();
      this._announce();
    }
  }

  /** Settle the change at the cursor; the last one settled settles the whole. */
  settle(how: 'accept' | 'reject'): void {
    if (this._diff && this._diff.current >= 0) {
      this._diff[how](this._diff.current);
      this._onSettled();
    }
  }

  decide(choice: 'accept' | 'accept_and_run' | 'reject'): void {
    this._decided.emit(choice === 'reject' ? 'reject' : 'accept');
  }

  leave(): void {
    this._decided.emit(this._options.inline ? 'reject' : 'leave');
  }

  /** Tell the user something about this change. */
  say(text: string): void {
    this._notice.textContent = text;
    this._notice.hidden = false;
  }

  /** The file has another text now: carry the proposal over as far as it fits. */
  move(source: string): void {
    const compare = this._compare;
    if (!compare || !this._diff) {
      return;
    }
    const moved = rebase(this.source, source, this._diff.proposal, compare);
    const original = rebase(this.source, source, this._diff.original, compare).text;
    this.source = source;
    this._diff.set(original, moved.text);
    this._sayLeft(moved.left);
    this._update();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._diff?.dispose();
      Signal.clearData(this);
      super.dispose();
    }
  }

  protected override onCloseRequest(msg: Message): void {
    super.onCloseRequest(msg);
    // The change goes on waiting; it can be opened again from the chat.
    this.dispose();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._diff?.measure();
  }

  protected override onActivateRequest(msg: Message): void {
    if (this._diff) {
      this._diff.focus();
    } else {
      this._focusWanted = true;
      this.node.focus();
    }
  }

  private async _load(original: string): Promise<void> {
    const { body, panes, trans } = this._options;
    const mime = panes.languages.findByFileName(body.path)?.mime ?? 'text/plain';
    const mimeType = typeof mime === 'string' ? mime : mime[0];
    const [language, merge, { UnifiedDiff }, { SplitDiff }] = await Promise.all([
      languageOf(panes, mimeType),
      import('@codemirror/merge'),
      import('./unified'),
      import('./split')
    ]);
    if (this.isDisposed) {
      return;
    }
    this._compare = (a, b) => merge.Chunk.build(a, b);
    const before = withLineFeeds(body.before);
    if (!this._diff && before !== this.source) {
      const moved = rebase(before, this.source, this._proposal, this._compare);
      this._proposal = moved.text;
      this._sayLeft(moved.left);
    }
    this._diff?.dispose();
    const Diff = this._diffLayout === 'split' ? SplitDiff : UnifiedDiff;
    this._diff = new Diff({
      merge,
      services: panes,
      original,
      proposal: this._proposal,
      mimeType,
      language,
      config: { lineNumbers: true },
      onChanged: () => this._update(),
      onSettled: () => this._onSettled(),
      labels: {
        proposal: trans.__('Proposed text'),
        original: trans.__('Text of the file'),
        accept: trans.__('Accept this change'),
        reject: trans.__('Reject this change')
      }
    });
    this._body.replaceChildren(this._diff.node);
    this._diff.measure();
    if (this._diff.changes.length) {
      this._diff.goTo(0);
    }
    this._update();
    if (this._focusWanted) {
      this._focusWanted = false;
      this._diff.focus();
    }
  }

  private _sayLeft(left: number): void {
    if (left) {
      this.say(
        this._options.trans.__(
          'The file has changed in lines that the proposal changes, too. What still fits is shown.'
        )
      );
    }
  }

  private _onSettled(): void {
    if (this._diff && !this._diff.changes.length) {
      this.decide(this._diff.proposal === this.source ? 'reject' : 'accept');
      return;
    }
    this._announce();
  }

  private _update(): void {
    if (this._scheduled || this.isDisposed) {
      return;
    }
    this._scheduled = true;
    // A diff view tells of its changes in the middle of an update.
    queueMicrotask(() => {
      this._scheduled = false;
      if (!this.isDisposed) {
        const changes = this._diff?.changes ?? [];
        const sum = (key: 'added' | 'removed') => changes.reduce((all, one) => all + one[key], 0);
        const counts = `+${sum('added')} −${sum('removed')}`;
        this._counts.textContent = counts;
        this.title.label = `${PathExt.basename(this._options.body.path)} ${counts}`;
        this._position.textContent = this._where();
        this._steps.forEach(button => (button.hidden = changes.length < 2));
      }
    });
  }

  private _announce(): void {
    this._live.textContent = this._where();
  }

  private _where(): string {
    const diff = this._diff;
    return diff ? position(diff.changes, diff.current, this._options.trans) : '';
  }

  private _makeHeader(): HTMLElement {
    const { trans, body } = this._options;
    const header = document.createElement('div');
    header.className = 'jp-TownieReview-header';
    const span = (name: string) => {
      const element = document.createElement('span');
      element.className = `jp-TownieReview-${name}`;
      return element;
    };
    const path = span('path');
    path.textContent = body.path;
    this._counts = span('counts');
    this._counts.dataset.townie = 'review-counts';
    this._position = span('position');
    this._position.dataset.townie = 'review-position';
    this._live = span('live');
    this._live.setAttribute('aria-live', 'polite');
    const step = (name: string, label: string, title: string, by: 1 | -1) => {
      const button = barButton({ name, label, title, onClick: () => this.step(by) });
      button.setAttribute('aria-label', title);
      button.hidden = true;
      return button;
    };
    this._steps = [
      step('previous-change', '↑', trans.__('Previous change'), -1),
      step('next-change', '↓', trans.__('Next change'), 1)
    ];
    this._layoutButton = barButton({
      name: 'diff-layout',
      label: trans.__('Side by side'),
      title: trans.__('The file at the left and the proposal at the right'),
      onClick: () => this.setDiffLayout(this._diffLayout === 'split' ? 'unified' : 'split')
    });
    this._layoutButton.setAttribute('aria-pressed', String(this._diffLayout === 'split'));
    header.append(
      path,
      this._counts,
      ...this._steps,
      this._position,
      this._live,
      span('spacer'),
      this._layoutButton,
      barButton({
        name: 'reject',
        label: trans.__('Reject'),
        onClick: () => this.decide('reject')
      }),
      barButton({
        name: 'accept',
        label: trans.__('Accept'),
        primary: true,
        onClick: () => this.decide('accept')
      })
    );
    return header;
  }

  private _notice = document.createElement('div');
  private _body = document.createElement('div');
  private _position!: HTMLElement;
  private _counts!: HTMLElement;
  private _live!: HTMLElement;
  private _steps!: HTMLElement[];
  private _layoutButton!: HTMLElement;
  private _diffLayout: DiffLayout;
  private _proposal: string;
  private _diff: IDiffView | null = null;
  private _compare: Parameters<typeof rebase>[3] | null = null;
  private _stepped = false;
  private _scheduled = false;
  private _focusWanted = false;
  private _decided = new Signal<this, FileChoice>(this);
}
