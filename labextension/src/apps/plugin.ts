import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { AppInfo } from '../protocol';
import { asProblem } from '../threads/api';
import { addToMain } from '../threads/mainArea';
import { IChatSlot } from '../threads/slot';
import { ITownie } from '../threads/tokens';
import { AppsApi } from './api';
import { Apps } from './apps';
import { ChatCards } from './chatCards';
import { FocusGuard } from './focusGuard';
import type { Gallery } from './gallery';
import { appIcon } from './icons';
import { Opening } from './opening';
import { AppPanel, panelId } from './panel';
import { place } from './placement';
import { ScreenshotChip } from './screenshotChip';
import { IApps } from './tokens';

const PLUGIN = 'jupyter-townie:apps';
const MANIFEST = 'townie.toml';

/** Generated apps: their panels, and the list of them. */
export const apps: JupyterFrontEndPlugin<IApps> = {
  id: PLUGIN,
  description: 'Generated apps: their panel beside the chat, and where they are listed.',
  autoStart: true,
  provides: IApps,
  requires: [ITownie],
  optional: [
    IChatSlot,
    IEditorLanguageRegistry,
    IFileBrowserFactory,
    ILauncher,
    ILayoutRestorer,
    ICommandPalette,
    ISettingRegistry,
    IThemeManager,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    townie: ITownie,
    slot: IChatSlot | null,
    languages: IEditorLanguageRegistry | null,
    browsers: IFileBrowserFactory | null,
    launcher: ILauncher | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    themes: IThemeManager | null,
    translator: ITranslator | null
  ): IApps => {
    const { commands, shell, serviceManager } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const apps = new Apps(new AppsApi(serviceManager.serverSettings));
    new FocusGuard(new URL('townie/view/', serviceManager.serverSettings.baseUrl).pathname);
    const tracker = new WidgetTracker<AppPanel>({ namespace: 'townie-apps' });
    // Else JupyterLab would show a page of HTML where its text is meant.
    const openFile = (path: string) =>
      void commands.execute('docmanager:open', { path, factory: 'Editor' });
    const openNotebook = (path: string) => void commands.execute('docmanager:open', { path });
    const isDark = () => Boolean(themes?.theme && !themes.isLight(themes.theme));
    themes?.themeChanged.connect(() => tracker.forEach(panel => panel.setTheme()));

    const openPanel = (info: AppInfo, activate: boolean): AppPanel => {
      const open = tracker.find(panel => panel.id === panelId(info.id));
      if (open) {
        open.quiet = !activate;
        if (activate || !open.isVisible) {
          shell.activateById(open.id);
        }
        return open;
      }
      const panel = new AppPanel({
        app: apps.follow(info),
        apps,
        townie,
        languages,
        trans,
        openFile,
        openApp: other => void openPanel(other, true),
        openNotebook,
        isDark
      });
      place(shell, panel, activate);
      void tracker.add(panel);
      return panel;
    };

    /** By the app's id, or by the path of its folder or of a file in it. */
    const find = async (args: { id?: string; path?: string }): Promise<AppInfo | null> => {
      if (args.id) {
        return apps.api.app(args.id);
      }
      const path = args.path ?? '';
      await apps.refresh(path);
      return apps.of(path);
    };

    commands.addCommand('townie:open-app', {
      label: args => (args.title as string) || trans.__('Townie: Open App'),
      icon: appIcon,
      isVisible: args => Boolean(args.id ?? args.path),
      execute: async args => {
        try {
          const info = await find(args);
          return info ? openPanel(info, args.restored !== true).id : null;
        } catch (error) {
          // An app that is gone after a reload of the page is no news.
          if (args.restored !== true) {
            townie.notify(asProblem(error), 'error');
          }
          return null;
        }
      }
    });

    const selected = () => {
      const item = browsers?.tracker.currentWidget?.selectedItems().next();
      return item && !item.done ? item.value : null;
    };
    commands.addCommand('townie:open-app-preview', {
      label: trans.__('Open App Preview'),
      icon: appIcon,
      isVisible: () => {
        const item = selected();
        if (!item) {
          return false;
        }
        const folder = item.type === 'directory' ? item.path : PathExt.dirname(item.path);
        return item.type === 'directory'
          ? PathExt.basename(PathExt.dirname(folder)) === 'apps' || apps.of(folder) !== null
          : item.name === MANIFEST;
      },
      execute: async () => {
        const path = selected()?.path ?? '';
        try {
          const info = await find({ path });
          if (info) {
            openPanel(info, true);
          } else {
            townie.notify(
              {
                code: 'no_app',
                message: trans.__('%1 is not the folder of an app.', path),
                remedy: trans.__('An app has a file %1 in its folder.', MANIFEST)
              },
              'warning'
            );
          }
        } catch (error) {
          townie.notify(asProblem(error), 'error');
        }
      }
    });

    let gallery: MainAreaWidget<Gallery> | null = null;
    const openGallery = async (): Promise<MainAreaWidget<Gallery>> => {
      if (!gallery || gallery.isDisposed) {
        const { galleryWidget } = await import('./gallery');
        gallery = galleryWidget({
          apps,
          townie,
          trans,
          open: info => void openPanel(info, true)
        });
        addToMain(shell, gallery);
      }
      shell.activateById(gallery.id);
      return gallery;
    };
    commands.addCommand('townie:open-apps', {
      label: args => (args.isLauncher ? trans.__('Townie apps') : trans.__('Townie: Apps')),
      caption: trans.__('Apps that Townie made, and the way to a new one'),
      icon: appIcon,
      execute: () => openGallery()
    });
    commands.addCommand('townie:new-app', {
      label: trans.__('Townie: New App'),
      icon: appIcon,
      execute: async () => (await openGallery()).content.focusNew()
    });
    commands.addCommand('townie:reload-app', {
      label: trans.__('Townie: Load the App Again'),
      isEnabled: () => tracker.currentWidget !== null,
      execute: () => tracker.currentWidget?.reload()
    });
    for (const command of ['townie:open-apps', 'townie:new-app', 'townie:reload-app']) {
      palette?.addItem({ command, category: trans.__('Townie') });
    }
    launcher?.add({
      command: 'townie:open-apps',
      category: trans.__('Other'),
      rank: 5,
      args: { isLauncher: true }
    });
    void restorer?.restore(tracker, {
      command: 'townie:open-app',
      args: panel => ({ id: panel.app.id, restored: true }),
      name: panel => panel.app.id
    });

    if (slot) {
      new ScreenshotChip(apps, townie, slot, trans);
      new ChatCards({
        apps,
        townie,
        slot,
        trans,
        openFile,
        show: model => void openPanel(model.info, true)
      });
    }
    let wanted = true;
    new Opening(townie, apps, info => {
      if (wanted) {
        openPanel(info, false);
      }
    });
    void settings
      ?.load(PLUGIN)
      .then(loaded => {
        const read = () => {
          wanted = loaded.composite.openWhenWritten !== false;
        };
        loaded.changed.connect(read);
        read();
      })
      .catch(reason => console.warn('Settings of Townie:', reason));
    return apps;
  }
};
