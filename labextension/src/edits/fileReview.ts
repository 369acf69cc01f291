import { PathExt } from '@jupyterlab/coreutils';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { barButton } from '../notebooks/cellBar';
import { DiffReview, IDiffReviewOptions, IProposal, IShownText } from './diffReview';
import type { DiffLayout, IDiffChange } from './diffView';
import { withLineFeeds } from './openFiles';
import { counts } from './reviewHeader';

export type FileChoice = 'accept' | 'reject' | 'leave';

let count = 0;

/** A proposed change of a file, in a tab. */
export class FileReview extends DiffReview {
  constructor(options: IDiffReviewOptions) {
    super({ ...options, about: inEditor(options.about) });
    const { trans, layout } = options;
    const { path, note } = options.about;
    this._path = path;
    this.id = `jp-townie-file-review-${++count}`;
    this.addClass('jp-TownieFileReview');
    this.node.dataset.townie = 'file-review';
    this.node.setAttribute('aria-label', trans.__('Proposed change of %1', path));
    this.title.label = PathExt.basename(path);
    this.title.icon = textEditorIcon;
    this.title.caption = trans.__('Proposed change of %1', path);
    this.title.closable = true;
    this._fillHeader(layout);
    if (note) {
      this.say(note);
    }
    void this.load();
  }

  /** The user has decided, or goes back to the file. */
  get decided(): ISignal<this, FileChoice> {
    return this._decided;
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

  decide(choice: 'accept' | 'accept_and_run' | 'reject'): void {
    if (choice === 'reject' || !this.isWriting) {
      this._decided.emit(choice === 'reject' ? 'reject' : 'accept');
    }
  }

  leave(): void {
    this._decided.emit(this.options.inline ? 'reject' : 'leave');
  }

  /** Tell the user something about this change. */
  say(text: string): void {
    this.notice.textContent = text;
    this.notice.hidden = false;
  }

  protected shownText(): IShownText {
    const { panes, trans } = this.options;
    const mime = panes.languages.findByFileName(this._path)?.mime ?? 'text/plain';
    return {
      mimeType: typeof mime === 'string' ? mime : mime[0],
      config: { lineNumbers: true },
      collapse: true,
      proposalLabel: trans.__('Proposed text'),
      originalLabel: trans.__('Text of the file')
    };
  }

  protected onMoved(left: number): void {
    if (left) {
      this.say(
        this.options.trans.__(
          'The file has changed in lines that the proposal changes, too. What still fits is shown.'
        )
      );
    }
  }

  protected override onLoaded(): void {
    this.diff?.goTo(0);
  }

  protected override onChanges(changes: readonly IDiffChange[]): void {
    const text = counts(changes);
    this._counts.textContent = this.isWriting ? '' : text;
    this.title.label = `${PathExt.basename(this._path)} ${text}`;
  }

  protected override onCloseRequest(msg: Message): void {
    super.onCloseRequest(msg);
    // The change goes on waiting; it can be opened again from the chat.
    this.dispose();
  }

  private _fillHeader(layout: DiffLayout): void {
    const { trans } = this.options;
    const name = document.createElement('span');
    name.className = 'jp-TownieReview-path';
    name.textContent = this._path;
    this._counts.className = 'jp-TownieReview-counts';
    this._counts.dataset.townie = 'review-counts';
    this.header.prepend(name, this._counts);
    this._layoutButton = barButton({
      name: 'diff-layout',
      label: trans.__('Side by side'),
      title: trans.__('The file at the left and the proposal at the right'),
      onClick: () => this.setDiffLayout(this.diffLayout === 'split' ? 'unified' : 'split')
    });
    this._layoutButton.setAttribute('aria-pressed', String(layout === 'split'));
    this.header.append(
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
  }

  private _path: string;
  private _counts = document.createElement('span');
  private _layoutButton!: HTMLElement;
  private _decided = new Signal<this, FileChoice>(this);
}

function inEditor<P extends IProposal>(proposal: P): P {
  const { before, after } = proposal;
  return { ...proposal, before: withLineFeeds(before), after: withLineFeeds(after) };
}
