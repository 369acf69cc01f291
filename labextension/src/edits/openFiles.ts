import type { IEditorTracker } from '@jupyterlab/fileeditor';
import type { Contents } from '@jupyterlab/services';
import { ServerConnection } from '@jupyterlab/services';
import type { FileWidget } from '../notebooks/binding';

/** The text of a file as the user has it. */
export interface IFileText {
  readonly text: string;
  /** It is open in this page and differs from the file on disk. */
  readonly unsaved: boolean;
}

/** Bytes of a file that the server changes as text; a page has better things to do than to load a larger one. */
const LARGEST = 2_000_000;

/** Texts with the line ends that an editor gives them. */
export function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/** A text that was edited with line feeds, with the line ends of the text that it comes from. */
export function withLineEndsOf(original: string, text: string): string {
  return original.includes('\r\n') ? text.replace(/\n/g, '\r\n') : text;
}

/** Files as this page has them: what its editors hold, else what is on disk. */
export class OpenFiles {
  constructor(
    private _editors: IEditorTracker | null,
    private _contents: Contents.IManager
  ) {}

  /** Call back for each editor of a file that is opened from now on. */
  onOpened(opened: (widget: FileWidget) => void): void {
    this._editors?.widgetAdded.connect(
      (_, widget) => void widget.context.ready.then(() => opened(widget))
    );
  }

  /** The editor of a file, of several the one that was used last. */
  find(path: string): FileWidget | null {
    const current = this._editors?.currentWidget;
    return current?.context.localPath === path
      ? current
      : (this._editors?.find(widget => widget.context.localPath === path) ?? null);
  }

  /** Null when there is no such file. Rejects when it cannot be read. */
  async read(path: string): Promise<IFileText | null> {
    const widget = this.find(path);
    if (widget) {
      await widget.context.ready;
    }
    if (widget?.context.model.dirty) {
      return { text: widget.content.model.sharedModel.getSource(), unsaved: true };
    }
    try {
      const { size, last_modified } = await this._contents.get(path, { content: false });
      if (widget) {
        // It may have been changed by another program, which JupyterLab notices only when it is saved.
        if (last_modified !== widget.context.contentsModel?.last_modified) {
          await this._reload(widget);
        }
        return { text: widget.content.model.sharedModel.getSource(), unsaved: false };
      }
      if ((size ?? 0) > LARGEST) {
        throw new Error(
          `${path} is larger than ${LARGEST / 1_000_000} MB, and is not changed by Townie.`
        );
      }
      const file = await this._contents.get(path, { type: 'file', format: 'text', content: true });
      return { text: withLineFeeds(String(file.content ?? '')), unsaved: false };
    } catch (reason) {
      if (reason instanceof ServerConnection.ResponseError && reason.response.status === 404) {
        return null;
      }
      throw reason;
    }
  }

  /**
   * A file was written on disk: have its editor show it, unless it holds something else than was there before, which
   * is the user's and stays.
   */
  async refresh(path: string, before: string): Promise<boolean> {
    const widget = this.find(path);
    if (!widget) {
      return true;
    }
    const { content, context } = widget;
    if (context.model.dirty || content.model.sharedModel.getSource() !== withLineFeeds(before)) {
      return false;
    }
    await this._reload(widget);
    return true;
  }

  private async _reload({ content: { editor }, context }: FileWidget): Promise<void> {
    const cursor = editor.getCursorPosition();
    await context.revert();
    editor.setCursorPosition({ ...cursor, line: Math.min(cursor.line, editor.lineCount - 1) });
  }
}
