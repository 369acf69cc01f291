import { URLExt } from '@jupyterlab/coreutils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { AppInfo } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h, setText } from '../threads/dom';
import { ITownie } from '../threads/tokens';
import { CodePane } from './codePane';
import { consolePane, networkPane } from './consolePane';
import { CoverChoice, stateLine } from './cover';
import { DataPane } from './dataPane';
import { FailureCard, FailureChoice } from './failureCard';
import { appIcon, openTabIcon } from './icons';
import { AppChange, AppModel } from './model';
import { Device, PreviewPane } from './previewPane';
import { PublishButton } from './publishButton';
import { askFor, installFor, startAsked, workOn } from './repairs';
import { Tabs } from './tabs';
import { IApps } from './tokens';
import { VersionsPane } from './versionsPane';

export interface IAppPanelOptions {
  app: AppModel;
  apps: IApps;
  townie: ITownie;
  languages: IEditorLanguageRegistry | null;
  trans: TranslationBundle;
  /** Open a file of the workspace in its editor. */
  openFile(path: string): void;
  /** Show another app. */
  openApp(info: AppInfo): void;
  openNotebook(path: string): void;
  isDark(): boolean;
}

/** Codes of problems after which the app is not there, and its cover says why. */
const TOLD_BY_COVER = new Set([
  'consent',
  'secret',
  'start_failed',
  'start_timeout',
  'no_python',
  'crashes',
  'kernel_busy'
]);

/** An app beside the chat: how it looks, what it is made of, what it says, what it keeps. */
export class AppPanel extends Widget {
  constructor(private _options: IAppPanelOptions) {
    super();
    const { app, apps, trans, townie, languages } = _options;
    this.id = panelId(app.id);
    this.addClass('jp-Townie');
    this.addClass('jp-TownieApp');
    this.node.dataset.townie = 'app-panel';
    this.node.setAttribute('role', 'region');
    this.title.icon = appIcon;
    this.title.closable = true;
    this._preview = new PreviewPane({
      app,
      api: apps.api,
      trans,
      choose: (choice, element) => void this._choose(choice, element)
    });
    this._tabs = new Tabs(this.id, trans.__('Views of the app'), [
      { id: 'preview', label: trans.__('Preview'), make: () => this._preview },
      {
        id: 'code',
        label: trans.__('Code'),
        make: () =>
          new CodePane({
            app,
            api: apps.api,
            townie,
            languages,
            trans,
            openFile: path => _options.openFile(`${app.info.path}/${path}`)
          })
      },
      { id: 'console', label: trans.__('Console'), make: () => consolePane(app, trans) },
      { id: 'network', label: trans.__('Network'), make: () => networkPane(app, trans) },
      { id: 'data', label: trans.__('Data'), make: () => new DataPane(app, apps.api, trans) },
      {
        id: 'versions',
        label: trans.__('Versions'),
        make: () => new VersionsPane({ app, api: apps.api, trans, open: _options.openApp })
      }
    ]);
    this._failures = new FailureCard({
      trans,
      folder: app.info.path,
      choose: choice => this._help(choice),
      openFile: path => _options.openFile(path)
    });
    this._publish = new PublishButton({ app, api: apps.api, trans });
    this.node.append(this._bar(), this._tabs.bar, this._tabs.body, this._failures.node);
    this._tabs.show('preview');
    app.changed.connect(this._changed, this);
    townie.changed.connect(this._threadChanged, this);
    this._changed(app, 'info');
  }

  get app(): AppModel {
    return this._options.app;
  }

  /** Come into view without taking the focus. */
  quiet = false;

  showTab(id: string): void {
    this._tabs.show(id);
  }

  reload(): void {
    this._tabs.show('preview');
    // Whoever wants the page of a stopped app wants the app.
    void (this.app.info.halted ? this.start() : this._preview.reload());
  }

  async start(): Promise<void> {
    await this._do(this._options.apps.api.start(this.app.id));
  }

  setTheme(): void {
    this._preview.stage.setTheme(this._options.isDark() ? 'dark' : 'light');
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.app.changed.disconnect(this._changed, this);
    this._publish.dispose();
    this._options.townie.changed.disconnect(this._threadChanged, this);
    this._tabs.dispose();
    this._options.apps.unfollow(this.app);
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    this.setTheme();
    this._tabs.setVisible(this.isVisible);
  }

  protected override onAfterShow(msg: Message): void {
    this._tabs.setVisible(true);
    // One that was stopped because others were used goes on when somebody looks at it again.
    if (this.app.connected) {
      this._startAllowed();
    }
  }

  protected override onBeforeHide(msg: Message): void {
    this._tabs.setVisible(false);
  }

  protected override onBeforeDetach(msg: Message): void {
    this._tabs.setVisible(false);
  }

  protected override onCloseRequest(msg: Message): void {
    super.onCloseRequest(msg);
    this.dispose();
  }

  protected override onActivateRequest(msg: Message): void {
    if (this.quiet) {
      this.quiet = false;
      return;
    }
    if (!this.node.contains(document.activeElement)) {
      this._tabs.bar.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
    }
  }

  private _bar(): HTMLElement {
    const { trans } = this._options;
    this._state = h('span', {
      class: 'jp-TownieApp-state',
      townie: 'app-state',
      role: 'status',
      'aria-live': 'polite'
    });
    this._startButton = button({
      label: trans.__('Start the app'),
      icon: runIcon,
      townie: 'app-start',
      click: element => void this._choose('start', element)
    });
    this._stopButton = button({
      label: trans.__('Stop the app'),
      icon: stopIcon,
      townie: 'app-stop-backend',
      click: element => void this._stop(element)
    });
    const device = h(
      'select',
      {
        class: 'jp-TownieApp-select',
        townie: 'app-device',
        'aria-label': trans.__('Width of the preview'),
        title: trans.__('Width of the preview'),
        onchange: () => this._preview.setDevice(device.value as Device)
      },
      h('option', { value: 'full' }, trans.__('Full width')),
      h('option', { value: 'tablet' }, trans.__('Tablet')),
      h('option', { value: 'phone' }, trans.__('Phone'))
    );
    return h(
      'div',
      {
        class: 'jp-TownieApp-bar',
        role: 'toolbar',
        'aria-label': trans.__('The app')
      },
      button({
        label: trans.__('Load the page again'),
        icon: refreshIcon,
        townie: 'app-reload',
        click: () => this.reload()
      }),
      this._startButton,
      this._stopButton,
      this._state,
      device,
      button({
        label: trans.__('Open in a tab of the browser'),
        icon: openTabIcon,
        townie: 'app-open-tab',
        click: () => void this._openTab()
      }),
      this._publish.node
    );
  }

  private _changed(app: AppModel, change: AppChange): void {
    const { trans } = this._options;
    const { info } = app;
    if (change === 'info') {
      this._showFailures();
    }
    this.title.label = info.title;
    this.title.caption = trans.__('Generated app: %1 (%2)', info.title, info.path);
    this.node.setAttribute('aria-label', trans.__('Generated app: %1', info.title));
    const { text, tone } = stateLine(info, app.connected, app.isGone, trans, app.isSignedOut);
    setText(this._state, text);
    this._state.dataset.tone = tone;
    this._state.title = info.message || text;
    const up = info.phase === 'running' || info.phase === 'starting';
    this._startButton.hidden = !info.backend || !info.consented || up || app.isGone;
    this._stopButton.hidden = !info.backend || !up || app.isGone;
    if (change === 'connection') {
      // What is known is from before the connection; the state of now comes next.
      this._startWanted = app.connected;
    } else if (change === 'info' && this._startWanted) {
      this._startWanted = false;
      this._startAllowed();
    }
  }

  /** Whoever looks at an app that was allowed before wants it to run, after a restart of the server too. */
  private _startAllowed(): void {
    const { info } = this.app;
    const stopped = info.backend && info.phase === 'stopped' && !info.halted;
    if (stopped && info.consented && !info.problem) {
      void this.start();
    }
  }

  private _threadChanged(_: unknown, { change }: { change: { kind: string } }): void {
    if (['turn', 'action', 'gone'].includes(change.kind)) {
      this._showFailures();
    }
  }

  private _showFailures(): void {
    const { failures, info } = this.app;
    const work = workOn(this._options.townie, info.path);
    // A turn that writes the app says so itself; with errors it is the one that deals with them.
    const told = work && (work.repairs || failures.length > 0);
    // What stands in the place of the app asks for it already.
    const packages = info.phase === 'running' ? info.packages : null;
    const shown = info.packages && !packages ? [] : failures;
    this._failures.update(shown, told ? work.state : 'none', packages);
    this._tabs.mark('console', failures.length ? String(failures.length) : '');
  }

  private _help(choice: FailureChoice): void {
    const { townie, apps } = this._options;
    const work = workOn(townie, this.app.info.path);
    if (choice === 'fix' || choice === 'explain') {
      void askFor(choice, this.app, townie, apps.api, this._options.trans);
    } else if (choice === 'install' || choice === 'halt') {
      void installFor(this.app, townie, apps.api, choice === 'install');
    } else if (work && choice === 'stop') {
      work.thread.stop(work.turn.id);
    } else if (work) {
      void townie.show(work.thread.id, work.turn.id);
    }
  }

  private async _choose(choice: CoverChoice, element: HTMLButtonElement): Promise<void> {
    const { apps, townie } = this._options;
    const { id } = this.app;
    switch (choice) {
      case 'allow': {
        element.disabled = true;
        const asked = startAsked(townie, id);
        if (asked) {
          // The turn that asked goes on with the answer.
          asked.thread.decide(asked.action, 'accept');
        } else {
          await this._do(apps.api.allow(id));
        }
        element.disabled = false;
        break;
      }
      case 'start':
        element.disabled = true;
        await this.start();
        element.disabled = false;
        break;
      case 'reload':
      case 'anyway':
        await this._preview.reload();
        break;
      case 'code':
        this._tabs.show('code');
        break;
      case 'fix':
        this._help('fix');
        break;
      case 'notebook':
        this._options.openNotebook(this.app.info.notebook ?? '');
        break;
      case 'secrets':
        this._preview.askSecrets(true);
        break;
      case 'install':
      case 'again':
      case 'halt':
        element.disabled = true;
        await installFor(this.app, townie, apps.api, choice !== 'halt');
        element.disabled = false;
        break;
      case 'signin': {
        // A page of the server's own that asks who is there; this one goes on once it is known again.
        const { baseUrl } = apps.api.settings;
        const address = URLExt.join(baseUrl, 'townie/view', encodeURIComponent(id));
        window.open(address, '_blank', 'noopener');
        break;
      }
      case 'close':
        this.close();
        break;
    }
  }

  private async _stop(element: HTMLButtonElement): Promise<void> {
    element.disabled = true;
    await this._do(this._options.apps.api.stop(this.app.id));
    element.disabled = false;
  }

  private async _do(request: Promise<unknown>): Promise<void> {
    try {
      await request;
    } catch (error) {
      const problem = asProblem(error);
      // What stands in the place of the app says the same, with the buttons for it.
      if (!TOLD_BY_COVER.has(problem.code)) {
        this._options.townie.notify(problem, 'error');
      }
    }
  }

  private async _openTab(): Promise<void> {
    // Opened within the click, else the browser takes it for a pop-up; it gets its address afterwards.
    const tab = window.open('', '_blank');
    try {
      const { view } = await this._preview.address();
      if (tab) {
        tab.opener = null;
        tab.location.href = view;
      }
    } catch (error) {
      tab?.close();
      this._options.townie.notify(asProblem(error), 'error');
    }
  }

  private _preview: PreviewPane;
  private _publish: PublishButton;
  private _tabs: Tabs;
  private _failures: FailureCard;
  private _state!: HTMLElement;
  private _startButton!: HTMLButtonElement;
  private _stopButton!: HTMLButtonElement;
  private _startWanted = false;
}

/** The id of the widget that shows an app. */
export function panelId(app: string): string {
  return `jupyter-townie-app-${app}`;
}
