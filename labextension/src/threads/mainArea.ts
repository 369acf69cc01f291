import { JupyterFrontEnd } from '@jupyterlab/application';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { Widget } from '@lumino/widgets';

/** After what JupyterLab shows at the side by itself. */
const RANK = 900;

/**
 * Add a widget to the main area; in Notebook 7, whose main area keeps the notebook alone and passes over everything
 * else, to the left one.
 */
export function addToMain(
  shell: JupyterFrontEnd.IShell,
  widget: Widget,
  options?: DocumentRegistry.IOpenOptions
): void {
  shell.add(widget, 'main', options);
  if (!Array.from(shell.widgets('main')).includes(widget)) {
    shell.add(widget, 'left', { rank: RANK });
  }
}
