import { TranslationBundle } from '@jupyterlab/translation';
import { ILiveDocuments } from '../notebooks/tokens';
import { INotebookPrivacy, Level, LEVELS, wordsOf } from '../settings/notebookPrivacy';
import { ISettings } from '../settings/tokens';
import { h, setText } from '../threads/dom';
import { IChoice, openMenu } from '../threads/popup';

/** The chip that says what a model may see of the notebook that the next message is about, and its menu. */
export class PrivacyChip {
  constructor(
    private _documents: ILiveDocuments,
    private _settings: ISettings,
    private _trans: TranslationBundle,
    private _failed: (error: unknown) => void,
    private _staysHere: () => boolean
  ) {
    this.node = h('button', {
      type: 'button',
      class: 'jp-Townie-chip jp-Townie-privacy',
      townie: 'privacy',
      hidden: true,
      'aria-haspopup': 'menu',
      'aria-expanded': 'false'
    });
    this.node.addEventListener('click', () => this._open());
    _documents.bindingChanged.connect(() => void this.update());
    _settings.changed.connect(() => void this.update());
    this._privacy.changed.connect(() => {
      this._path = null;
      void this.update();
    });
    void this.update();
  }

  readonly node: HTMLButtonElement;

  async update(): Promise<void> {
    const { path, kind } = this._documents.binding();
    const notebook = path && (kind ?? 'notebook') === 'notebook' ? path : null;
    if (notebook !== null && notebook !== this._path) {
      this._path = notebook;
      const level = await this._privacy.levelOf(notebook).catch(() => null);
      if (this._path !== notebook) {
        return;
      }
      this._level = level;
    }
    this._path = notebook;
    this.node.hidden = notebook === null;
    this._show();
  }

  private _show(): void {
    const { trans, label, title } = { trans: this._trans, ...this._words() };
    setText(this.node, label);
    this.node.title = title;
    this.node.setAttribute(
      'aria-label',
      trans.__('What a model may see of this notebook. %1', label)
    );
    this.node.dataset.level = this._level ?? '';
  }

  private _words(): { label: string; title: string } {
    const { askPrivacy, privacy } = this._settings.values;
    // A model on the user's own machine is not asked about.
    if (this._level === null && askPrivacy && !this._staysHere()) {
      return {
        label: this._trans.__('Asks before sending'),
        title: this._trans.__('Before anything of this notebook is sent, you are asked once')
      };
    }
    const { label, title } = wordsOf(this._level ?? privacy, this._trans);
    return { label: this._trans.__('Sees: %1', label[0].toLowerCase() + label.slice(1)), title };
  }

  private _open(): void {
    const trans = this._trans;
    const choices: IChoice[] = LEVELS.map(level => {
      const { label, title } = wordsOf(level, trans);
      return { id: level, label, description: title, checked: level === this._level };
    });
    choices.push({
      id: '',
      label: this._settings.values.askPrivacy
        ? trans.__('Ask before sending')
        : trans.__('As in the settings'),
      description: wordsOf(this._settings.values.privacy, trans).label,
      checked: this._level === null
    });
    if (this._settings.values.askPrivacy) {
      delete choices[choices.length - 1].description;
    }
    const path = this._path;
    openMenu(this.node, trans.__('What a model may see of this notebook'), choices, id => {
      if (path !== null) {
        this._privacy.choose(path, (id || null) as Level | null).catch(this._failed);
      }
    });
  }

  private get _privacy(): INotebookPrivacy {
    return this._settings.notebooks;
  }

  private _path: string | null = null;
  private _level: Level | null = null;
}
