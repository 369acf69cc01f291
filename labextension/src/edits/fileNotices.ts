import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IEditorTracker } from '@jupyterlab/fileeditor';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { FileWidget } from '../notebooks/binding';
import { barButton } from '../notebooks/cellBar';
import { IThread, ITownie } from '../threads/tokens';
import type { FileReviews } from './fileReviews';
import { editOf, isOfFile } from './proposed';
import { IReviews } from './tokens';

interface IFound {
  readonly thread: IThread;
  readonly action: string;
  readonly added: number;
  readonly removed: number;
}

/** Says above a file's text that a change of it waits for the user's decision. */
class FileNotice extends Widget {
  constructor(
    editor: FileWidget,
    { thread, action, added, removed }: IFound,
    reviews: IReviews,
    trans: TranslationBundle
  ) {
    super();
    this.action = action;
    this.addClass('jp-TownieFileNotice');
    this.node.dataset.townie = 'file-notice';
    this.node.setAttribute('role', 'status');
    const text = document.createElement('span');
    text.textContent = trans.__('A change of this file waits for you: +%1 −%2', added, removed);
    this.node.append(
      text,
      barButton({
        name: 'review-file',
        label: trans.__('Review here'),
        title: trans.__('Show the change in the place of the text'),
        primary: true,
        onClick: () => void reviews.openFile(thread, action, true, editor)
      }),
      barButton({
        name: 'review-file-in-tab',
        label: trans.__('In a tab'),
        title: trans.__('Review it in a tab of its own, with unchanged lines folded away'),
        onClick: () => void reviews.openFile(thread, action)
      }),
      barButton({
        name: 'reject-file',
        label: trans.__('Reject'),
        onClick: () => thread.decide(action, 'reject')
      })
    );
  }

  readonly action: string;
}

/** The notices in the file editors of this page. */
export class FileNotices implements IDisposable {
  constructor(
    private _editors: IEditorTracker,
    private _townie: ITownie,
    private _reviews: IReviews,
    private _files: FileReviews,
    private _trans: TranslationBundle
  ) {
    const meet = (widget: FileWidget) => {
      this._show(widget);
      widget.context.pathChanged.connect(() => this._show(widget), this);
    };
    _editors.widgetAdded.connect((_, widget) => meet(widget), this);
    _editors.forEach(meet);
    _files.coversChanged.connect(() => _editors.forEach(widget => this._show(widget)), this);
    _townie.changed.connect((_, { change, thread }) => {
      const action = change.action ? thread.action(change.action) : undefined;
      if (action ? isOfFile(action) : ['turn', 'connection', 'gone'].includes(change.kind)) {
        this._editors.forEach(widget => this._show(widget));
      }
    }, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
    this._shown.forEach(notice => notice.dispose());
  }

  private _show(widget: FileWidget): void {
    const found = this._files.covers(widget) ? null : this._find(widget.context.localPath);
    const shown = this._shown.get(widget);
    if (shown && shown.action === found?.action) {
      return;
    }
    shown?.dispose();
    this._shown.delete(widget);
    if (found && widget instanceof MainAreaWidget) {
      const notice = new FileNotice(widget, found, this._reviews, this._trans);
      this._shown.set(widget, notice);
      widget.disposed.connect(() => this._shown.delete(widget));
      widget.contentHeader.addWidget(notice);
    }
  }

  /** The change of a file that was proposed last and waits. */
  private _find(path: string): IFound | null {
    let found: IFound | null = null;
    let latest = 0;
    for (const thread of this._townie.threads) {
      for (const turn of thread.turns) {
        for (const action of turn.actions) {
          const waits = action.state === 'waiting' && isOfFile(action);
          if (waits && editOf(action).path === path && turn.started.time >= latest) {
            const { added, removed } = editOf(action);
            latest = turn.started.time;
            found = { thread, action: action.id, added: added ?? 0, removed: removed ?? 0 };
          }
        }
      }
    }
    return found;
  }

  private _shown = new Map<FileWidget, FileNotice>();
  private _isDisposed = false;
}
