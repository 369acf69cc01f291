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

/**
 * Accept changes, in their order. One of which something would be left out, as the user has changed the same lines, goes on
 * waiting: the first such one is brought into view, where this is told and can be decided.
 */
export function accept(
  around: ISurroundings,
  thread: IThread,
  actions: readonly IAction[],
  run = false
): void {
  const { reviews } = around;
  const unseen: IAction[] = [];
  for (const action of actions) {
    if (!reviews || action.body.kind !== 'edit') {
      thread.decide(action.id, run ? 'accept_and_run' : 'accept');
    } else if (reviews.leavesOut(action.id)) {
      unseen.push(action);
    } else {
      // The review knows what the user has typed or taken out meanwhile.
      reviews.accept(thread, action.id, run);
    }
  }
  if (unseen.length) {
    void review(around, thread, unseen[0]);
  }
}
