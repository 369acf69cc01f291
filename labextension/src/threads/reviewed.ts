import { ISurroundings } from './surroundings';
import { IAction, IThread } from './tokens';

/** Bring the review of a change into view: in its cell, or in a tab of its own. */
export async function review(
  around: ISurroundings,
  thread: IThread,
  action: IAction
): Promise<void> {
  const { reviews } = around;
  const { body } = action;
  if (body.kind === 'edit' && !body.cell_id) {
    await reviews?.openFile(thread, action.id, true);
    return;
  }
  await around.reveal(body.path, 'cell_id' in body ? body.cell_id : null);
  reviews?.focus(action.id);
}

/** Accept several changes, in their order. */
export function acceptAll(
  { reviews }: ISurroundings,
  thread: IThread,
  actions: readonly IAction[]
): void {
  for (const action of actions) {
    if (reviews && action.body.kind === 'edit') {
      // The review knows what the user has typed or taken out meanwhile.
      reviews.accept(thread, action.id, false);
    } else {
      thread.decide(action.id, 'accept');
    }
  }
}
