import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';

/**
 * Load a notebook again whose file was changed while it was being opened, when the server did not know yet that this
 * page has it. JupyterLab would notice only when it is saved. What the user has changed already stays.
 */
export async function reloadOutdated(
  { context }: NotebookPanel,
  contents: Pick<Contents.IManager, 'get'>
): Promise<void> {
  if (context.model.collaborative) {
    return;
  }
  const { last_modified } = await contents.get(context.path, { content: false });
  const loaded = context.contentsModel?.last_modified;
  if (loaded && last_modified !== loaded && !context.isDisposed && !context.model.dirty) {
    await context.revert();
  }
}
