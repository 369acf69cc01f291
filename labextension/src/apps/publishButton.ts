import { TranslationBundle } from '@jupyterlab/translation';
import { AppPublishing } from '../protocol';
import { h, setText } from '../threads/dom';
import { AppsApi } from './api';
import { publishIcon } from './icons';
import { AppChange, AppModel } from './model';

/** Milliseconds after a change of the app until it is asked what differs from what is published. */
const LOOK_AFTER = 800;

export interface IPublishOptions {
  app: AppModel;
  api: AppsApi;
  trans: TranslationBundle;
}

/** Says whether the app is published, and what has changed since; opens the dialog about it. */
export class PublishButton {
  constructor(private _options: IPublishOptions) {
    const { app } = _options;
    this._label = h('span', { class: 'jp-TownieApp-publishLabel' });
    this.node = h('button', {
      type: 'button',
      class: 'jp-Townie-button jp-TownieApp-publish',
      townie: 'app-publish',
      onclick: () => void this._open()
    });
    publishIcon.element({ container: this.node, tag: 'span', elementSize: 'small' });
    this.node.firstElementChild?.setAttribute('aria-hidden', 'true');
    this.node.append(this._label);
    app.changed.connect(this._changed, this);
    app.reload.connect(this._look, this);
    this._changed(app, 'info');
  }

  readonly node: HTMLButtonElement;

  dispose(): void {
    const { app } = this._options;
    clearTimeout(this._timer);
    app.changed.disconnect(this._changed, this);
    app.reload.disconnect(this._look, this);
  }

  /** How it is published, from the server's last answer. */
  update(state: AppPublishing): void {
    this._changes = state.publication?.changed?.length ?? 0;
    this._show(Boolean(state.publication));
  }

  private _changed(app: AppModel, change: AppChange): void {
    if (change === 'info') {
      const published = Boolean(app.info.published);
      if (published !== this._published) {
        this._changes = 0;
        this._show(published);
        this._look();
      }
    }
    this.node.hidden = app.isGone || app.info.kind === 'widgets';
  }

  private _look(): void {
    const { app, api } = this._options;
    clearTimeout(this._timer);
    if (!app.info.published) {
      return;
    }
    this._timer = window.setTimeout(() => {
      api.publication(app.id).then(
        state => this.update(state),
        // It is asked for again with the next change, and when the dialog is opened.
        reason => console.warn('What is published could not be compared.', reason)
      );
    }, LOOK_AFTER);
  }

  private _show(published: boolean): void {
    const { trans } = this._options;
    this._published = published;
    const text = !published
      ? trans.__('Publish')
      : this._changes
        ? trans._n('Published, %1 change since', 'Published, %1 changes since', this._changes)
        : trans.__('Published');
    setText(this._label, text);
    this.node.title = published
      ? trans.__('Its address, who can visit it, and bringing it up to date')
      : trans.__('Give the app an address that others can visit');
    this.node.setAttribute('aria-label', text);
    this.node.dataset.state = published ? (this._changes ? 'changed' : 'published') : 'none';
  }

  private async _open(): Promise<void> {
    const { openPublishDialog } = await import('./publishDialog');
    openPublishDialog({ ...this._options, changed: state => this.update(state) });
  }

  private _label: HTMLElement;
  private _published: boolean | null = null;
  private _changes = 0;
  private _timer = 0;
}
