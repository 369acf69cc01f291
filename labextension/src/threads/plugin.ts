import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ILiveDocuments } from '../notebooks/tokens';
import { ISettings } from '../settings/tokens';
import { TownieApi } from './api';
import { pageId } from './page';
import { ITownie } from './tokens';
import { Townie } from './townie';

export const threads: JupyterFrontEndPlugin<ITownie> = {
  id: 'jupyter-townie:threads',
  description: 'The threads of Townie in this page.',
  autoStart: true,
  requires: [ISettings],
  optional: [ILiveDocuments, ITranslator],
  provides: ITownie,
  activate: (
    app: JupyterFrontEnd,
    settings: ISettings,
    documents: ILiveDocuments | null,
    translator: ITranslator | null
  ): ITownie =>
    new Townie({
      api: new TownieApi(app.serviceManager.serverSettings),
      page: pageId(),
      settings,
      documents,
      trans: (translator ?? nullTranslator).load('jupyter_townie')
    })
};
