import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { IReviews } from '../edits/tokens';
import { ILiveDocuments } from '../notebooks/tokens';
import { INotebookPrivacy } from '../settings/notebookPrivacy';
import { RestorePreview } from '../protocol';
import { Goal } from './api';
import { IFailed } from './failed';
import { IdleQueue } from './idle';
import { Markdown } from './markdown';
import { IThread, ITownie } from './tokens';

/** What every view of a transcript needs. */
export interface ISurroundings {
  readonly townie: ITownie;
  readonly documents: ILiveDocuments | null;
  readonly reviews: IReviews | null;
  readonly languages: IEditorLanguageRegistry | null;
  readonly markdown: Markdown;
  readonly idle: IdleQueue;
  readonly trans: TranslationBundle;
  readonly privacy: INotebookPrivacy;
  /** Say something to people who cannot see the page. */
  announce(text: string): void;
  /** Bring a cell or file into view, and open its document if need be. */
  reveal(path: string, cellId?: string | null): Promise<void>;
  /** Open the exact requests of a turn. */
  showSent(thread: IThread, turn: string): void;
  /** What going back would change now; rejects as the requests of `TownieApi` do. */
  preview(thread: IThread, turn: string, goal: Goal): Promise<RestorePreview>;
  /** The failed cell that help can be asked for at once. */
  failed(): IFailed | null;
  openSettings(): void;
  /** Where models and keys are looked after. */
  openStatus(): void;
}

/** The name of a cell for people, as far as this page knows it. */
export function cellName(
  { documents, trans }: ISurroundings,
  path: string,
  cellId: string | null | undefined
): string {
  const name = cellId ? documents?.describe?.(path, cellId) : null;
  return name ?? (cellId ? trans.__('a cell of %1', baseName(path)) : baseName(path));
}

/** The name of a cell that may be gone: by its first line when it is nowhere to be seen. */
export function documentName(
  around: ISurroundings,
  path: string,
  cellId: string | null | undefined,
  text: string | null | undefined
): string {
  const { documents, trans } = around;
  if (!cellId || documents?.describe?.(path, cellId)) {
    return cellName(around, path, cellId);
  }
  const line = text?.trim().split('\n', 1)[0] ?? '';
  return line
    ? trans.__('cell “%1”', line.length > 32 ? `${line.slice(0, 31)}…` : line)
    : cellName(around, path, cellId);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
