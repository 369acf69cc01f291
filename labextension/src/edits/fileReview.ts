import { PathExt } from '@jupyterlab/coreutils';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { barButton } from '../notebooks/cellBar';
import type { FileWidget } from '../notebooks/binding';
import { fillConflictNotice } from './conflictNotice';
import { DiffReview, IDiffReviewOptions } from './diffReview';
import type { DiffLayout, IDiffChange } from './diffView';
import { FileCover } from './fileCover';
import type { IProposal } from './movingProposal';
import { withLineFeeds } from './openFiles';
import type { IProposed } from './proposed';
import { OpenText } from './openText';
import { counts } from './reviewHeader';
import type { IShownText } from './shownDiff';

export type FileChoice = 'accept' | 'reject' | 'leave' | 'tab';

export interface IFileReviewOptions extends IDiffReviewOptions {
  /** The editor in which it takes the place of the text; null for a tab. */
  editor: FileWidget | null;
  /** The editor that has the file open. */
  file: FileWidget | null;
  /** Whether the user is waiting for it. Else, who is typing in the editor keeps the text above it. */
  wanted: boolean;
}

let count = 0;

/** Milliseconds during which the file need not be read again for a review that was made for it. */
const JUST_READ = 1000;

/** A proposed change of a file, in a tab or, where the file is open, in the place of its text. */
export class FileReview extends DiffReview {
  constructor({ editor, file, wanted, ...options }: IFileReviewOptions) {
    super({ ...options, about: inEditor(options.about) });
    const { layout } = options;
    const { note } = options.about;
    this.id = `jp-townie-file-review-${++count}`;
    this.addClass('jp-TownieFileReview');
    this.node.dataset.townie = 'file-review';
    this.title.icon = textEditorIcon;
    this.title.closable = true;
    this._fillHeader(layout);
    this._showName();
    if (note) {
      this.say(note);
    }
    this.followText(editor ?? file);
    if (editor) {
      this._coverIn(editor, wanted);
    }
    void this.shown.load();
  }

  /** The user has decided, or goes back to the file. */
  get decided(): ISignal<this, FileChoice> {
    return this._decided;
  }

  /** The editor in which it takes the place of the text; null in a tab. */
  get editor(): FileWidget | null {
    return this._cover?.widget ?? null;
  }

  /** The file is called otherwise now. */
  moved(about: IProposed): void {
    this.about = inEditor(about);
    this._showName();
  }

  /** The text of the file as it is in an editor; null while none has it open. */
  get text(): OpenText | null {
    return this._text;
  }

  /** What is typed in this editor of the file is the source from now on. */
  followText(file: FileWidget | null): void {
    if (file === (this._text?.widget ?? null)) {
      return;
    }
    this._text?.dispose();
    this._text = file && new OpenText(file);
    this._text?.changed.connect((_, source) => this.move(source));
    this._text?.saved.connect(() => this._showUnsaved());
    this._text?.widget.disposed.connect(() => this._text?.widget === file && (this._text = null));
    this._showUnsaved();
  }

  /** It came into view: the file may be another one by now. */
  get seen(): ISignal<this, void> {
    return this._seen;
  }

  /** Leave the editor, to be shown in a tab. */
  uncover(): void {
    this._endCover();
    this._showPlace();
    this.shown.reload();
  }

  get isSourceShown(): boolean {
    return this._cover?.isSourceShown ?? false;
  }

  /** In an editor, show the text itself above the review, or only the review. */
  showSource(shown: boolean): void {
    this._sourceButton.setAttribute('aria-pressed', String(shown));
    this.toggleClass('jp-mod-townieSource', shown);
    this._cover?.showSource(shown);
  }

  override setDiffLayout(layout: DiffLayout): void {
    this._layoutButton.setAttribute('aria-pressed', String(layout === 'split'));
    super.setDiffLayout(layout);
  }

  override write(proposal: IProposal): void {
    super.write(inEditor(proposal));
  }

  override complete(proposal: IProposal): void {
    super.complete(inEditor(proposal));
  }

  protected onDecided(choice: 'accept' | 'accept_and_run' | 'reject'): void {
    this._decided.emit(choice === 'reject' ? 'reject' : 'accept');
  }

  leave(): void {
    if (this.options.inline) {
      this.decide('reject');
    } else if (this._cover) {
      this.showSource(true);
      this._cover.giveFocusBack();
    } else {
      this._decided.emit('leave');
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    const cover = this._cover;
    const hadFocus = this.node.contains(document.activeElement);
    this._endCover();
    this._text?.dispose();
    super.dispose();
    if (hadFocus && cover && !cover.widget.isDisposed) {
      cover.giveFocusBack();
    }
  }

  /** Tell the user something about this change. */
  say(text: string): void {
    if (this._hasConflicts) {
      this._tellConflicts(text);
    } else {
      this.notice.textContent = text;
    }
    this.notice.hidden = false;
  }

  protected shownText(): IShownText {
    const { panes, trans } = this.options;
    const mime = panes.languages.findByFileName(this.about.path)?.mime ?? 'text/plain';
    return {
      mimeType: typeof mime === 'string' ? mime : mime[0],
      config: this._cover?.look ?? { lineNumbers: true },
      collapse: !this._cover,
      proposalLabel: trans.__('Proposed text'),
      originalLabel: trans.__('Text of the file')
    };
  }

  protected onMoved(left: number): void {
    if (left) {
      this._tellConflicts('');
      this.notice.hidden = false;
    } else if (this._hasConflicts) {
      this.notice.hidden = true;
    }
    this._hasConflicts = left > 0;
  }

  protected override onNarrow(narrow: boolean): void {
    const { trans } = this.options;
    this._layoutButton.title = narrow
      ? trans.__('Side by side where there is more room than here')
      : trans.__('The file at the left and the proposal at the right');
  }

  protected override onLoaded(): void {
    this._atFirst = false;
    if (this._cover) {
      this.shown.view?.showFromLine(this._cover.line);
    }
  }

  protected override onChanges(changes: readonly IDiffChange[]): void {
    this._goToFirst();
    const text = counts(changes);
    this._counts.textContent = this.isWriting ? '' : text;
    this.title.label = `${PathExt.basename(this.about.path)} ${text}`;
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._goToFirst();
    if (performance.now() - this._made > JUST_READ) {
      this._seen.emit();
    }
  }

  protected override onCloseRequest(msg: Message): void {
    super.onCloseRequest(msg);
    // The change goes on waiting; it can be opened again from the chat.
    this.dispose();
  }

  private _tellConflicts(before: string): void {
    const { trans } = this.options;
    const told = trans.__(
      'The file has changed in lines that the proposal changes, too. What still fits is shown.'
    );
    fillConflictNotice(this.notice, {
      text: `${before} ${told}`.trim(),
      trans,
      compareWhole: () => this.shown.showWhole(),
      keepMine: () => this.decide('reject')
    });
  }

  private _fillHeader(layout: DiffLayout): void {
    const { trans } = this.options;
    const name = document.createElement('span');
    name.className = 'jp-TownieReview-path';
    this._counts.className = 'jp-TownieReview-counts';
    this._counts.dataset.townie = 'review-counts';
    this.header.node.prepend(name, this._counts);
    this._layoutButton = barButton({
      name: 'diff-layout',
      label: trans.__('Side by side'),
      onClick: () => this.setDiffLayout(this.diffLayout === 'split' ? 'unified' : 'split')
    });
    this._layoutButton.setAttribute('aria-pressed', String(layout === 'split'));
    this.onNarrow(false);
    this._sourceButton = barButton({
      name: 'toggle-source',
      label: trans.__('Source'),
      title: trans.__('Show the text as it is now'),
      onClick: () => this.showSource(!this.isSourceShown)
    });
    this._tabButton = barButton({
      name: 'review-in-tab',
      label: trans.__('In a tab'),
      title: trans.__('Review it in a tab of its own, with unchanged lines folded away'),
      onClick: () => this._decided.emit('tab')
    });
    this._acceptButton = barButton({
      name: 'accept',
      label: trans.__('Accept'),
      primary: true,
      onClick: () => this.decide('accept')
    });
    this.header.views.append(this._sourceButton, this._layoutButton, this._tabButton);
    this.header.actions.append(
      this._acceptButton,
      barButton({
        name: 'reject',
        label: trans.__('Reject'),
        onClick: () => this.decide('reject')
      })
    );
    this._nameElement = name;
    this._showPlace();
  }

  private _showName(): void {
    const { path } = this.about;
    const caption = this.options.trans.__('Proposed change of %1', path);
    this.node.setAttribute('aria-label', caption);
    this.title.caption = caption;
    this.title.label = `${PathExt.basename(path)} ${this._counts.textContent}`.trim();
    this._nameElement.textContent = path;
  }

  /** Once, as soon as there is a change and it can be seen. */
  private _goToFirst(): void {
    if (this._atFirst || !this.isVisible || !this.shown.changes.length) {
      return;
    }
    this._atFirst = true;
    if (this._cover) {
      // The text stays where it was if the first change is seen there, which is known when it was drawn.
      requestAnimationFrame(() => this.shown.view?.goTo(0));
    } else {
      this.shown.view?.goTo(0);
    }
  }

  private _showPlace(): void {
    const inEditor = this._cover !== null;
    this.toggleClass('jp-mod-townieInEditor', inEditor);
    this._nameElement.hidden = inEditor;
    this._sourceButton.hidden = !inEditor;
    this._tabButton.hidden = !inEditor;
  }

  private _coverIn(editor: FileWidget, wanted: boolean): void {
    const cover = new FileCover(editor, this);
    this._cover = cover;
    this._showPlace();
    this.showSource(!wanted && editor.content.editor.hasFocus());
    if (wanted) {
      this.takeFocus();
    }
  }

  /** What is accepted is written to the file, and what the user has typed there goes with it. */
  private _showUnsaved(): void {
    const { trans } = this.options;
    const unsaved = this._text?.isUnsaved ?? false;
    this._acceptButton.textContent = unsaved ? trans.__('Save and accept') : trans.__('Accept');
  }

  private _endCover(): void {
    const cover = this._cover;
    if (!cover) {
      return;
    }
    this._cover = null;
    if (this.shown.view && this.isVisible && !cover.asks) {
      // The text stays where the review was; the line in which the change was asked for comes back to where it is.
      cover.line = this.shown.view.topLine(this.body);
    }
    cover.dispose();
  }

  private _cover: FileCover | null = null;
  private _text: OpenText | null = null;
  private _atFirst = false;
  private _hasConflicts = false;
  private _nameElement!: HTMLElement;
  private _sourceButton!: HTMLElement;
  private _tabButton!: HTMLElement;
  private _acceptButton!: HTMLElement;
  private _counts = document.createElement('span');
  private _layoutButton!: HTMLElement;
  private _made = performance.now();
  private _seen = new Signal<this, void>(this);
  private _decided = new Signal<this, FileChoice>(this);
}

function inEditor<P extends IProposal>(proposal: P): P {
  const { before, after } = proposal;
  return { ...proposal, before: withLineFeeds(before), after: withLineFeeds(after) };
}
