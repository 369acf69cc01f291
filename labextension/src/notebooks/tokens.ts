import { Token } from '@lumino/coreutils';
import { ISignal } from '@lumino/signaling';
import { Attachment, Binding, PageReply, PageVerb } from '../protocol';

/**
 * The notebooks, consoles and files that are open in this page: what a turn is bound to when it is submitted, and the
 * hands with which the server reads, changes and runs an open notebook.
 */
export interface ILiveDocuments {
  /** What a turn submitted now would be bound to. */
  binding(): Binding;
  /** The chips that describe `binding()`: the notebook, its active cell, the selection. */
  suggested(): Attachment[];
  /** Emitted when `binding()` or `suggested()` would give something else; at most once a frame. */
  readonly bindingChanged: ISignal<ILiveDocuments, void>;
  /** Paths of the open notebooks. */
  readonly open: readonly string[];
  /** Paths of notebooks that were closed without saving what was changed in them, and are not open. */
  readonly unsaved: readonly string[];
  readonly openChanged: ISignal<ILiveDocuments, void>;
  /** Carry out a request of the server; never rejects, a refusal is a reply. */
  handle(body: PageVerb): Promise<PageReply>;
  /** A cell in the user's words, "cell [3]" or "the cell below [3]"; null when it is not open here. */
  describe?(path: string, cellId: string): string | null;
  /** Whether a cell is code, Markdown or raw; null when its notebook is not open. */
  cellType?(path: string, cellId: string): string | null;
  /** Bring a cell (or the file) into view and focus it; false when it is not open. */
  reveal(path: string, cellId?: string | null): Promise<boolean>;
  /** Insert a cell by hand (Insert below / Replace cell of a code block); tells where it went and how to undo it. */
  insert(
    source: string,
    language: string,
    how: 'below' | 'replace',
    run?: boolean
  ): Promise<IInserted | null>;
}

/** What `ILiveDocuments.insert` did. */
export interface IInserted {
  path: string;
  cellId: string;
  /** In the user's words: "below cell [3] of tour.ipynb". */
  where: string;
  /** Takes it back; false when the user has changed it since. */
  undo(): boolean;
}

export const ILiveDocuments = new Token<ILiveDocuments>(
  'jupyter-townie:ILiveDocuments',
  'The documents that are open in this page, as Townie reads and changes them.'
);
