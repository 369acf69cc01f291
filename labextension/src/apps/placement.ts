import { JupyterFrontEnd } from '@jupyterlab/application';
import { addToMain } from '../threads/mainArea';
import { AppPanel } from './panel';

/** Pixels: a main area that is narrower than this is not divided. */
const NARROW = 760;

/** Put a new panel beside what the person works on, or over it where there is no room, and never take the focus. */
export function place(shell: JupyterFrontEnd.IShell, panel: AppPanel, activate: boolean): void {
  const current = shell.currentWidget ?? Array.from(shell.widgets('main'))[0] ?? null;
  const inMain = current && Array.from(shell.widgets('main')).includes(current) ? current : null;
  const other = Array.from(shell.widgets('main')).find(
    widget => widget instanceof AppPanel && widget.isVisible
  );
  const launcher = inMain?.id.startsWith('launcher') ?? true;
  const width = inMain?.node.clientWidth ?? 0;
  panel.quiet = !activate;
  if (other) {
    addToMain(shell, panel, { mode: 'tab-after', ref: other.id });
  } else if (launcher || width < NARROW) {
    addToMain(shell, panel, { mode: 'tab-after', ref: inMain?.id });
  } else {
    addToMain(shell, panel, { mode: 'split-right', ref: inMain?.id, activate: false });
    if (!activate && Array.from(shell.widgets('main')).includes(panel)) {
      panel.quiet = false;
      return;
    }
  }
  shell.activateById(panel.id);
}
