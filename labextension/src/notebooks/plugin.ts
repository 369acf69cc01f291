import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, ISessionContextDialogs } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookCellExecutor, INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ITownie } from '../threads/tokens';
import { CellWatch } from './cellWatch';
import { LiveDocuments } from './documents';
import { KernelInsertion } from './kernelInsertion';
import { NewCells } from './newCells';
import { OpenNotebooks } from './openNotebooks';
import { ILiveDocuments } from './tokens';

/** What Townie reads, changes and runs in this page. */
export const liveDocuments: JupyterFrontEndPlugin<ILiveDocuments> = {
  id: 'jupyter-townie:live-documents',
  description: 'Reads, changes and runs the notebooks that are open in this page.',
  autoStart: true,
  provides: ILiveDocuments,
  requires: [INotebookTracker],
  optional: [
    IEditorTracker,
    IConsoleTracker,
    INotebookCellExecutor,
    ISessionContextDialogs,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    files: IEditorTracker | null,
    consoles: IConsoleTracker | null,
    executor: INotebookCellExecutor | null,
    dialogs: ISessionContextDialogs | null,
    optionalTranslator: ITranslator | null
  ): ILiveDocuments => {
    const translator = optionalTranslator ?? nullTranslator;
    return new LiveDocuments(
      app,
      { shell: app.shell, notebooks, files, consoles, translator },
      { executor, dialogs, translator }
    );
  }
};

/** The marks of cells that are new. */
export const newCells: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-townie:new-cells',
  description: 'Marks the cells that Townie made until they are kept.',
  autoStart: true,
  requires: [INotebookTracker, ILiveDocuments],
  optional: [ITownie, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    documents: ILiveDocuments,
    townie: ITownie | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const marks = new NewCells(documents, new OpenNotebooks(notebooks), townie, trans);
    new CellWatch(notebooks, null, (cell, host) => marks.meet(cell, host));
    app.commands.addCommand('townie:keep-new-cells', {
      label: trans.__('Keep All New Cells'),
      isEnabled: () => notebooks.currentWidget !== null,
      execute: () => notebooks.currentWidget && marks.keepAll(notebooks.currentWidget)
    });
    palette?.addItem({ command: 'townie:keep-new-cells', category: trans.__('Townie') });
  }
};

/** The Insert button of `%townie`. */
export const kernelInsertion: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-townie:kernel-insertion',
  description:
    'Inserts the code that %townie offers below the cell that asked, when its button is pressed.',
  autoStart: true,
  requires: [INotebookTracker, ILiveDocuments],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    notebooks: INotebookTracker,
    documents: ILiveDocuments,
    translator: ITranslator | null
  ): void => {
    new KernelInsertion(
      notebooks,
      documents,
      (translator ?? nullTranslator).load('jupyter_townie')
    );
  }
};
