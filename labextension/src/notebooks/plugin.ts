import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISessionContextDialogs } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookCellExecutor, INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { LiveDocuments } from './documents';
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
