import { TranslationBundle } from '@jupyterlab/translation';
import { AppPreview, AppRequestFrame, Problem } from '../protocol';
import { asProblem } from '../threads/api';
import { h, setText } from '../threads/dom';
import { AppsApi } from './api';
import { CoverChoice, IAppState, coverOf } from './cover';
import { CoverView } from './coverView';
import { AppChange, AppModel } from './model';
import { IPane } from './pane';
import { SecretForm } from './secretForm';
import { thumbnail } from './pictures';
import { Pulse } from './pulse';
import { Stage } from './stage';

/** Widths at which an app can be tried, in CSS pixels; null takes all there is. */
export const DEVICES = { full: null, tablet: 820, phone: 390 } as const;
/** Milliseconds after a page is there; by then it has its data, and has moved into place. */
const PORTRAIT_AFTER = 1500;
export type Device = keyof typeof DEVICES;

export interface IPreviewPaneOptions {
  app: AppModel;
  api: AppsApi;
  trans: TranslationBundle;
  choose(choice: CoverChoice, element: HTMLButtonElement): void;
}

/** The app itself, within a border that always says that it is a generated one. */
export class PreviewPane implements IPane {
  constructor(private _options: IPreviewPaneOptions) {
    const { app, api, trans, choose } = _options;
    this.stage = new Stage({
      title: trans.__('Generated app: %1', app.info.title),
      hear: (message, document) => {
        const blank = message.kind === 'fault' && message.report.kind === 'blank';
        if (message.kind === 'open') {
          this._openLink(message.url);
        } else if (message.kind === 'fault' && (!app.connected || document === this._cutOff)) {
          // Without the server nothing works in it; it is loaded anew as soon as that is back.
        } else if (!blank || this._visible) {
          // A page that is hidden has no size, and takes itself for empty.
          app.hear(message, document);
          if (message.kind === 'ready' && !message.blank) {
            this._portray();
          }
        }
      },
      fault: (fault, document) => app.fault(fault, document),
      answered: text => this._pulse.answered(text),
      swapped: () => this._update(),
      stopped: why => {
        this._stopped = why;
        this._update();
      },
      hangs: why => {
        this._stopped = why;
        this._update();
      },
      expired: () => {
        this._preview = null;
        void this._load('keep');
      },
      refused: message => {
        this._unsafe = {
          code: 'refused',
          message: trans.__('The app is not shown'),
          remedy: message
        };
        this._update();
      }
    });
    this._pulse = new Pulse({
      send: pulse => app.pulse(pulse),
      isLoaded: () => !this.stage.isEmpty,
      place: () => this.stage.place,
      ask: text => this.stage.ask(text)
    });
    this._name = h('span', { class: 'jp-TownieApp-labelText', townie: 'app-label' });
    this._link = h('span', { class: 'jp-TownieApp-link', role: 'status', hidden: true });
    const form = new SecretForm({
      trans,
      save: secrets => api.keepSecrets(app.id, secrets),
      later: () => this.askSecrets(false)
    });
    this._cover = new CoverView(trans, choose, form);
    this._device = h(
      'div',
      { class: 'jp-TownieApp-device', 'data-device': 'full' },
      h('div', { class: 'jp-TownieApp-label' }, this._name, this._link),
      h('div', { class: 'jp-TownieApp-window' }, this.stage.node, this._cover.node)
    );
    this.node = h('div', { class: 'jp-TownieApp-preview' }, this._device);
    app.changed.connect(this._changed, this);
    app.reload.connect(this._reloaded, this);
    app.requested.connect(this._look, this);
    this._update();
  }

  readonly node: HTMLElement;
  readonly stage: Stage;

  show(): void {
    this._visible = true;
    this._options.app.inSight = true;
    this.stage.setVisible(true);
  }

  hide(): void {
    this._visible = false;
    this._options.app.inSight = false;
    this.stage.setVisible(false);
  }

  dispose(): void {
    clearTimeout(this._portrait);
    const { app } = this._options;
    app.changed.disconnect(this._changed, this);
    app.reload.disconnect(this._reloaded, this);
    app.requested.disconnect(this._look, this);
    this._asked++;
    app.inSight = false;
    this._pulse.dispose();
    this.stage.dispose();
  }

  setDevice(device: Device): void {
    this._device.dataset.device = device;
    const width = DEVICES[device];
    this._device.style.maxWidth = width === null ? '' : `${width}px`;
  }

  /** Ask for the secrets that the app needs, or no longer. */
  askSecrets(wanted: boolean): void {
    this._withoutSecrets = !wanted;
    this._update();
  }

  /** Where the app is shown to this person; the address holds no secret. */
  async address(): Promise<AppPreview> {
    const { api, app } = this._options;
    this._preview ??= await api.preview(app.id, window.location.origin);
    return this._preview;
  }

  /** Load the page because somebody asked for it. */
  async reload(): Promise<void> {
    this._stopped = null;
    this._unsafe = null;
    this._preview = null;
    this._options.app.release();
    await this._load('swap');
  }

  /** Show the page if it can be shown and is not yet. */
  private _ready(): boolean {
    const { info, isGone } = this._options.app;
    return (
      !isGone &&
      info.kind !== 'widgets' &&
      !this._stopped &&
      !info.freeze &&
      info.consented === true &&
      (!info.backend || info.phase === 'running')
    );
  }

  private _changed(_: AppModel, change: AppChange): void {
    const { app } = this._options;
    if (change === 'connection' && app.connected) {
      // After a restart of the server the old address leads nowhere, and what was written into the page came to an end.
      this._page = '';
      this._before = this._preview ?? this._before;
      this._preview = null;
      if (this._wasConnected) {
        this._unsure = true;
        this._cutOff = this.stage.document || null;
      }
      this._wasConnected = true;
    }
    if (change === 'info') {
      const { info, page } = app;
      if (page !== this._page) {
        this._page = page;
        if (page) {
          this._stopped = null;
          void this._load('navigate');
        }
      }
      if (info.halted) {
        // It goes for everybody who looks. An idle backend keeps its page, and starts when that asks.
        this.stage.clear();
      } else if (this._unsure) {
        this._unsure = false;
        void this._recognise();
      } else if (this._loadable() && (this.stage.isEmpty || this._stale)) {
        this._stale = false;
        void this._load('keep');
      }
    }
    if (change === 'gone') {
      this.stage.clear();
    }
    this._update();
  }

  private _loadable(): boolean {
    const { info } = this._options.app;
    return this._ready() && !info.writing && !info.problem;
  }

  /**
   * The server is back. The page in sight goes on, with all that is in it, if its address still leads to it. Otherwise
   * nothing that is done in it would arrive: it waits for the one that takes its place, which gets what was typed.
   */
  private async _recognise(): Promise<void> {
    const { app } = this._options;
    let same = false;
    try {
      const { self_test } = await this.address();
      same = self_test === this._before?.self_test && app.info.updated === this._loaded;
    } catch {
      // It is asked again, and told, when the page is loaded.
    }
    if (same && !this.stage.isEmpty) {
      this._cutOff = null;
      return;
    }
    this._stale = true;
    this.stage.wait();
    this._changed(app, 'info');
  }

  private _reloaded(): void {
    this._stopped = null;
    if (this._ready()) {
      void this._load('keep');
    }
  }

  private async _load(how: 'swap' | 'keep' | 'navigate'): Promise<void> {
    const asked = ++this._asked;
    try {
      const preview = await this.address();
      if (asked !== this._asked) {
        return;
      }
      this._unsafe = null;
      this._loaded = this._options.app.info.updated;
      this._options.app.forget();
      if (how === 'navigate') {
        this.stage.navigate(preview.view);
      } else {
        this.stage.load(preview.view, how === 'keep');
      }
    } catch (error) {
      this._preview = null;
      if (asked === this._asked) {
        this._unsafe = asProblem(error);
      }
    }
    this._update();
  }

  private _update(): void {
    this._pulse.update();
    const { app, trans } = this._options;
    const { info } = app;
    setText(this._name, trans.__('Generated app: %1', info.title));
    const cover = coverOf(
      {
        info,
        gone: app.isGone,
        signedOut: app.isSignedOut,
        shown: !this.stage.isEmpty,
        stopped: this._stopped,
        withoutSecrets: this._withoutSecrets,
        unsafe: this._unsafe,
        hint: app.failures.find(({ failure }) => failure.source === 'backend')?.hint
      },
      trans
    );
    this._cover.update(cover);
    // Hidden, never detached: a frame that is taken out of the page and put back begins anew.
    this.stage.node.classList.toggle('jp-mod-covered', cover !== null);
  }

  private _look(app: AppModel, { request, picture = true }: AppRequestFrame): void {
    void this.stage.look(picture).then(look => {
      if (!look) {
        app.answer({ request, problem: 'The page did not answer.' });
        return;
      }
      const { tree, problem } = look;
      const found = /^data:(image\/(?:png|jpeg));base64,/.exec(look.image);
      const image = found && { mime: found[1], data: look.image.slice(found[0].length) };
      app.answer({ request, tree, problem, ...(image ? { image } : {}) });
    });
  }

  /** Once the page is quiet, keep a small picture of it for the lists of apps and versions. */
  private _portray(): void {
    const { app, api } = this._options;
    clearTimeout(this._portrait);
    this._portrait = window.setTimeout(() => {
      const seen = this._visible && document.visibilityState === 'visible';
      const settled = !app.info.writing && !app.failures.length && this._ready();
      if (!seen || !settled) {
        return;
      }
      const files = app.info.updated;
      this.stage
        .look(true)
        .then(look => (look ? thumbnail(look.image) : null))
        .then(image =>
          // What was written meanwhile looks otherwise.
          image && app.info.updated === files ? api.keepPicture(app.id, image) : null
        )
        .catch(reason => console.warn('No picture of the app was kept.', reason));
    }, PORTRAIT_AFTER);
  }

  /** A link to another site: the app can only ask for it, and a person has to click. */
  private _openLink(url: string): void {
    const { trans } = this._options;
    let target: URL;
    try {
      target = new URL(url);
    } catch {
      return;
    }
    const foreign = /^https?:$/.test(target.protocol) && target.host !== window.location.host;
    if (!foreign) {
      return;
    }
    const close = () => {
      this._link.hidden = true;
      this._link.replaceChildren();
    };
    this._link.replaceChildren(
      trans.__('The app wants to open'),
      ' ',
      h(
        'a',
        {
          href: target.href,
          target: '_blank',
          rel: 'noopener noreferrer',
          townie: 'app-open-link',
          title: target.href,
          onclick: () => window.setTimeout(close)
        },
        target.host
      )
    );
    this._link.hidden = false;
  }

  private _cover: CoverView;
  private _pulse: Pulse;
  private _device: HTMLElement;
  private _name: HTMLElement;
  private _link: HTMLElement;
  private _preview: AppPreview | null = null;
  /** The address before the last loss of the connection. */
  private _before: AppPreview | null = null;
  /** When the files of the page in sight were written. */
  private _loaded: number | undefined = undefined;
  private _unsafe: Problem | null = null;
  private _stopped: IAppState['stopped'] = null;
  private _withoutSecrets = false;
  /** The page that is seen while it is written. */
  private _page = '';
  private _visible = false;
  /** The server was away, and it is not known yet whether it is another one now. */
  private _unsure = false;
  private _stale = false;
  /** The document whose server was away meanwhile. */
  private _cutOff: string | null = null;
  private _wasConnected = false;
  private _asked = 0;
  private _portrait = 0;
}
