import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ILiveDocuments } from '../notebooks/tokens';
import { isReadOnly } from '../notebooks/snapshot';
import { ISettings } from '../settings/tokens';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';
import { IInlinePlace, InlineEdits } from './inlineEdits';
import { IReviews } from './tokens';

const PLUGIN = 'jupyter-townie:inline-edit';
const COMMAND = 'townie:inline-edit';

/** Changing code by saying what should change, at the place itself. */
export const inlineEdit: JupyterFrontEndPlugin<void> = {
  id: PLUGIN,
  description: 'Asks what to change at the cursor or selection of an editor.',
  autoStart: true,
  requires: [INotebookTracker, ITownie, IReviews, ISettings],
  optional: [IEditorTracker, ITranslator, ICommandPalette, ISettingRegistry, ILiveDocuments],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    townie: ITownie,
    reviews: IReviews,
    own: ISettings,
    editors: IEditorTracker | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    documents: ILiveDocuments | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const api = new TownieApi(app.serviceManager.serverSettings);
    const edits = new InlineEdits(townie, api, reviews, own.notebooks, trans);

    const place = (): IInlinePlace | null => {
      const { currentWidget } = app.shell;
      const panel = notebooks.currentWidget;
      if (panel && panel === currentWidget) {
        const cell = panel.content.activeCell;
        const view = viewOf(cell?.editor ?? null);
        return cell && view && !cell.model.sharedModel.isDisposed && !cell.readOnly
          ? {
              kind: 'notebook',
              path: panel.context.localPath,
              cellId: cell.model.id,
              label: documents?.describe?.(panel.context.localPath, cell.model.id),
              kernelId: panel.sessionContext.session?.kernel?.id ?? null,
              view,
              gone: cell.disposed,
              refusal: isReadOnly(panel)
                ? {
                    code: 'read_only',
                    message: trans.__('The notebook is read-only.'),
                    remedy: trans.__('Save it under another name to change it.')
                  }
                : null,
              isUnsaved: () => false,
              save: () => panel.context.save()
            }
          : null;
      }
      const file = editors?.currentWidget;
      const view = file && file === currentWidget ? viewOf(file.content.editor) : null;
      return file && view && !view.state.readOnly
        ? {
            kind: 'file',
            path: file.context.localPath,
            cellId: null,
            kernelId: null,
            view,
            gone: file.disposed,
            refusal:
              file.context.contentsModel?.writable === false
                ? {
                    code: 'read_only',
                    message: trans.__('%1 is read-only.', file.context.localPath),
                    remedy: trans.__('Save it under another name to change it.')
                  }
                : null,
            isUnsaved: () => file.context.model.dirty,
            save: () => file.context.save()
          }
        : null;
    };

    app.commands.addCommand(COMMAND, {
      label: trans.__('Change the Code Here…'),
      caption: trans.__('Say what to change at the cursor or in the selected code'),
      isEnabled: () => place() !== null || inReview(),
      execute: () => {
        const here = place();
        if (here) {
          edits.open(here);
        } else if (inReview()) {
          townie.notify({
            code: 'in_review',
            message: trans.__('A proposed change waits here.'),
            remedy: trans.__('Accept or reject it first, or change it by typing.')
          });
        }
      }
    });
    palette?.addItem({ command: COMMAND, category: trans.__('Townie') });
    // Loading the settings is what brings the shortcut in.
    void settings?.load(PLUGIN).catch(reason => console.warn('Settings of Townie:', reason));
  }
};

/** Whether the focus is in a proposed change. */
function inReview(): boolean {
  return !!document.activeElement?.closest('.jp-TownieReview');
}

/** The view of an editor that can be seen: in the place of one that cannot be is the review of a change. */
function viewOf(editor: CodeEditor.IEditor | null): CodeMirrorEditor['editor'] | null {
  return editor instanceof CodeMirrorEditor && !editor.isDisposed && editor.editor.dom.offsetParent
    ? editor.editor
    : null;
}
