import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Review } from './review';

type ReviewOf = (cell: Cell) => Review | undefined;

/** Whether a change of any cell of a notebook is reviewed. */
export function isReviewing({ content }: NotebookPanel, reviewOf: ReviewOf): boolean {
  return content.widgets.some(cell => reviewOf(cell));
}

/** Go to the review in the active cell of a notebook, or in the next one that has any. */
export async function goToNextReview(
  { content }: NotebookPanel,
  reviewOf: ReviewOf
): Promise<void> {
  const { widgets, activeCellIndex } = content;
  const order = [...widgets.slice(activeCellIndex), ...widgets.slice(0, activeCellIndex)];
  const cell = order.find(cell => reviewOf(cell));
  if (cell) {
    content.activeCellIndex = widgets.indexOf(cell);
    await content.scrollToCell(cell);
    reviewOf(cell)?.activate();
  }
}
