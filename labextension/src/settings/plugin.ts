import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { NotebookPrivacy } from './notebookPrivacy';
import { Settings } from './settings';
import { ISettings } from './tokens';

/** Owns `schema/plugin.json`, whose name its id has to carry. */
const plugin: JupyterFrontEndPlugin<ISettings> = {
  id: 'jupyter-townie:plugin',
  description: 'The settings of Townie.',
  autoStart: true,
  requires: [ISettingRegistry],
  provides: ISettings,
  activate: async (app: JupyterFrontEnd, registry: ISettingRegistry): Promise<ISettings> => {
    const settings = new Settings(new NotebookPrivacy(app.serviceManager.serverSettings));
    try {
      settings.connect(await registry.load(plugin.id));
    } catch (error) {
      console.error('The settings of Townie could not be read; the defaults hold.', error);
    }
    return settings;
  }
};

export default plugin;
