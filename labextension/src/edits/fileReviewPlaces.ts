import type { JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { FileReview } from './fileReview';
import type { OpenFiles } from './openFiles';

/** Where the reviews of files are: in tabs of the main area, and in the editors of the files. */
export class FileReviewPlaces {
  constructor(
    private _shell: JupyterFrontEnd.IShell,
    private _files: OpenFiles
  ) {}

  /** The reviews that are open in tabs, for the layout of the page to be restored. */
  readonly tracker = new WidgetTracker<FileReview>({ namespace: 'townie-file-review' });

  addTab(review: FileReview): void {
    this._shell.add(review, 'main', { activate: false });
    void this.tracker.add(review);
  }

  activate(review: FileReview): void {
    this._shell.activateById(review.editor?.id ?? review.id);
    review.activate();
  }

  /** Show the editor of a file; false when there is none. */
  reveal(path: string): boolean {
    const widget = this._files.find(path);
    if (!widget) {
      return false;
    }
    this._shell.activateById(widget.id);
    // The line in which the change was asked for, when it is still open, comes before the text.
    const asked = widget.node.querySelector<HTMLElement>('.jp-TownieInline-input');
    if (asked) {
      requestAnimationFrame(() => asked.focus());
    }
    return true;
  }

  /** End a review; whoever was in it goes on in the file, or else with one of the `others`. */
  leave(review: FileReview, path: string, others: Iterable<FileReview>): void {
    const inFront = this._shell.currentWidget === review;
    const hadFocus = review.node.contains(document.activeElement);
    const { turn } = review.about;
    review.dispose();
    if (!inFront || this.reveal(path) || !hadFocus) {
      return;
    }
    // Who decides by keyboard goes on with the next file of the answer.
    const next = Array.from(others).find(
      other => other.about.turn === turn && !other.editor && !other.isDisposed
    );
    if (next) {
      this.activate(next);
    } else {
      requestAnimationFrame(() => this._shell.currentWidget?.activate());
    }
  }
}
