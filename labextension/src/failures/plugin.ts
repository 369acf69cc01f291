import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import { IConsoleTracker } from '@jupyterlab/console';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IReviews } from '../edits/tokens';
import { CellWatch } from '../notebooks/cellWatch';
import { ILiveDocuments } from '../notebooks/tokens';
import { ISettings } from '../settings/tokens';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';
import { FailedCell } from './failedCellView';
import { DeathApi, KernelReports } from './kernelReports';
import { HelpPurpose, Repairs } from './repairs';

const PLUGIN = 'jupyter-townie:failures';

/** Try fixing and Explain, under every error. */
export const failures: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Offers Try fixing and Explain under the error of a cell.',
  autoStart: true,
  requires: [INotebookTracker, ITownie, ILiveDocuments, IRenderMimeRegistry, ISettings],
  optional: [IConsoleTracker, IReviews, ITranslator, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    townie: ITownie,
    documents: ILiveDocuments,
    rendermime: IRenderMimeRegistry,
    own: ISettings,
    consoles: IConsoleTracker | null,
    reviews: IReviews | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const api = new TownieApi(app.serviceManager.serverSettings);
    const privacy = own.notebooks;
    const repairs = new Repairs({ townie, documents, api, rendermime, trans, reviews, privacy });
    new KernelReports(
      notebooks,
      cell => repairs.view(cell),
      new DeathApi(app.serviceManager.serverSettings),
      trans
    );
    new CellWatch(notebooks, consoles, (cell, host) =>
      cell instanceof CodeCell ? repairs.meet(cell, host) : undefined
    );

    const active = (): FailedCell | undefined => {
      const console = consoles?.currentWidget;
      if (console && app.shell.currentWidget === console) {
        const cells = Array.from(console.console.cells).reverse();
        return cells
          .map(cell => (cell instanceof CodeCell ? repairs.view(cell) : undefined))
          .find(view => view?.error);
      }
      const cell = notebooks.activeCell;
      return cell instanceof CodeCell ? repairs.view(cell) : undefined;
    };
    const addCommand = (purpose: HelpPurpose, label: string, caption: string) => {
      const command = `townie:${purpose}`;
      app.commands.addCommand(command, {
        label,
        caption,
        isEnabled: () => Boolean(active()?.error),
        execute: () => active()?.ask(purpose)
      });
      palette?.addItem({ command, category: trans.__('Townie') });
    };
    addCommand('fix', trans.__('Try Fixing the Error of This Cell'), trans.__('Propose a change'));
    addCommand(
      'explain',
      trans.__('Explain the Error of This Cell'),
      trans.__('Say what it means')
    );
    const announce = () => {
      app.commands.notifyCommandChanged('townie:fix');
      app.commands.notifyCommandChanged('townie:explain');
    };
    notebooks.activeCellChanged.connect(announce);
    // Loading the settings is what brings the shortcuts in.
    void settings?.load(PLUGIN).catch(reason => console.warn('Settings of Townie:', reason));
  }
};
