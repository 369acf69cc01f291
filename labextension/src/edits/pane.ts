import type { LanguageSupport } from '@codemirror/language';
import { Compartment, Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { CodeEditor } from '@jupyterlab/codeeditor';
import { IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDisposable } from '@lumino/disposable';

/** Characters from which on a text is first shown without its language. */
const LONG = 100_000;

export interface IPaneServices {
  extensions: IEditorExtensionRegistry;
  languages: IEditorLanguageRegistry;
}

export interface IPaneOptions {
  services: IPaneServices;
  mimeType: string;
  /** Null when it is not known; the text can be reviewed without colours. */
  language: LanguageSupport | null;
  config: Record<string, unknown>;
}

/** A text with the look, keys and language that it would have in a cell, but which belongs to no document. */
export class Pane implements IDisposable {
  constructor(text: string, { services, mimeType, language, config }: IPaneOptions) {
    this._model = new CodeEditor.Model({ mimeType });
    this._model.sharedModel.setSource(text);
    this._model.sharedModel.clearUndoHistory();
    const handler = services.extensions.createNew({
      model: this._model,
      inline: true,
      config: { ...config, searchWithCM: false }
    });
    this._handler = handler;
    this._late = language && text.length > LONG ? language : null;
    const early = this._late ? [] : (language ?? []);
    this.extensions = [handler.getInitialExtensions(), this._language.of(early)];
  }

  /** The view of this text is there; a long one gets its language, which has to be parsed, after it was shown. */
  shownIn(view: EditorView): void {
    if (this._late) {
      const effects = this._language.reconfigure(this._late);
      window.setTimeout(() => !this._isDisposed && view.dispatch({ effects }));
    }
  }

  /** What an editor view of this text is made with. */
  readonly extensions: Extension;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._handler.dispose();
      this._model.dispose();
    }
  }

  private _language = new Compartment();
  private _late: LanguageSupport | null;
  private _model: CodeEditor.Model;
  private _handler: IDisposable;
  private _isDisposed = false;
}

/** The language of a text, or null when there is none or it cannot be loaded. */
export async function languageOf(
  { languages }: IPaneServices,
  mimeType: string
): Promise<LanguageSupport | null> {
  try {
    return (await languages.getLanguage(mimeType))?.support ?? null;
  } catch (reason) {
    console.warn(`The language of ${mimeType} could not be loaded`, reason);
    return null;
  }
}
