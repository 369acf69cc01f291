import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Settings } from './settings';
import { ISettings } from './tokens';

/** Owns `schema/plugin.json`, whose name its id has to carry. */
const plugin: JupyterFrontEndPlugin<ISettings> = {
  id: 'jupyter-townie:plugin',
  description: 'The settings of Townie.',
  autoStart: true,
  requires: [ISettingRegistry],
  provides: ISettings,
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry): ISettings => {
    const settings = new Settings();
    registry.load(plugin.id).then(
      registered => settings.connect(registered),
      reason => console.error('The settings of Townie could not be read.', reason)
    );
    return settings;
  }
};

export default plugin;
