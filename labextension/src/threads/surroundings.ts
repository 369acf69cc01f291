import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { IReviews } from '../edits/tokens';
import { ILiveDocuments } from '../notebooks/tokens';
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
  /** Say something to people who cannot see the page. */
  announce(text: string): void;
  /** Bring a cell or file into view, and open its document if need be. */
  reveal(path: string, cellId?: string | null): Promise<void>;
  /** Open the exact requests of a turn. */
  showSent(thread: IThread, turn: string): void;
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

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
