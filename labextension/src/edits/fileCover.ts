import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { IDisposable } from '@lumino/disposable';
import { IMessageHandler, Message, MessageLoop } from '@lumino/messaging';
import { BoxLayout, Widget } from '@lumino/widgets';
import type { FileWidget } from '../notebooks/binding';
import { showFromLine, topLine } from './topLine';

/** What of an editor's look and keys goes for a review in its place. */
const LOOK = [
  'autoClosingBrackets',
  'customStyles',
  'highlightTrailingWhitespace',
  'highlightWhitespace',
  'indentUnit',
  'lineNumbers',
  'lineWrap',
  'matchBrackets',
  'rulers',
  'tabSize'
];

/** A review in the place of a file's text, in the editor that has the file open. */
export class FileCover implements IDisposable {
  constructor(
    readonly widget: FileWidget,
    private _review: Widget
  ) {
    const layout = widget.layout as BoxLayout;
    this.line = this._topLine;
    BoxLayout.setStretch(_review, 1);
    layout.insertWidget(layout.widgets.indexOf(widget.content) + 1, _review);
    MessageLoop.installMessageHook(widget, this._onMessage);
  }

  /** The first line of the text that is seen, or will be when the text is shown again, from 1. */
  line: number;

  /** What of the editor's look and keys goes for a review in its place. */
  get look(): Record<string, unknown> {
    const { editor } = this.widget.content;
    return editor instanceof CodeMirrorEditor
      ? Object.fromEntries(
          LOOK.filter(name => editor.hasOption(name)).map(name => [name, editor.getOption(name)])
        )
      : { lineNumbers: true };
  }

  get isSourceShown(): boolean {
    return !this.widget.content.isHidden;
  }

  /** Show the text itself above the review, or only the review. */
  showSource(shown: boolean): void {
    const { content } = this.widget;
    if (shown === this.isSourceShown) {
      return;
    }
    if (!shown) {
      this.line = this._topLine;
    }
    content.setHidden(!shown);
    if (shown && this._view) {
      showFromLine(this._view, this.line);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Give the place back; the review itself is left. */
  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const { widget } = this;
    MessageLoop.removeMessageHook(widget, this._onMessage);
    if (widget.isDisposed) {
      return;
    }
    this.showSource(true);
  }

  /** Whether the line in which the change was asked for is still open. */
  get asks(): boolean {
    return this._asked !== null;
  }

  /** Focus the line in which the change was asked for, when it is still open, or the text. */
  giveFocusBack(): void {
    (this._asked ?? this.widget.content.editor).focus();
  }

  private get _asked(): HTMLElement | null {
    return this.widget.node.querySelector('.jp-TownieInline-input');
  }

  private get _view(): CodeMirrorEditor['editor'] | null {
    const { editor } = this.widget.content;
    return editor instanceof CodeMirrorEditor && !editor.isDisposed ? editor.editor : null;
  }

  private get _topLine(): number {
    return this._view ? topLine(this._view, this._view.scrollDOM) : 1;
  }

  /** Who comes back to the tab of the file comes to what is seen there. */
  private _onMessage = (_: IMessageHandler, message: Message): boolean => {
    if (message.type !== 'activate-request' || this.isSourceShown) {
      return true;
    }
    this._review.activate();
    return false;
  };

  private _isDisposed = false;
}
