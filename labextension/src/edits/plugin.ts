import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CellWatch } from '../notebooks/cellWatch';
import { OpenNotebooks } from '../notebooks/openNotebooks';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';
import { followPending } from './pending';
import type { Review } from './review';
import { Reviews } from './reviews';
import { IReviews } from './tokens';

const PLUGIN = 'jupyter-townie:edits';

/** The review of a proposed change, in the cell. */
export const edits: JupyterFrontEndPlugin<IReviews> = {
  id: PLUGIN,
  description: 'Shows a proposed change of a cell in the cell, for review.',
  autoStart: true,
  provides: IReviews,
  requires: [INotebookTracker, ITownie, IEditorExtensionRegistry, IEditorLanguageRegistry],
  optional: [ITranslator, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    townie: ITownie,
    extensions: IEditorExtensionRegistry,
    languages: IEditorLanguageRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null
  ): IReviews => {
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const reviews = new Reviews(townie, { extensions, languages }, trans, event =>
      app.commands.processKeydownEvent(event)
    );
    new CellWatch(notebooks, null, (cell, host) => reviews.meet(cell, host));
    followPending(
      new OpenNotebooks(notebooks),
      townie,
      new TownieApi(app.serviceManager.serverSettings)
    );

    const active = (): Review | undefined =>
      reviews.focused ?? (notebooks.activeCell ? reviews.of(notebooks.activeCell) : undefined);
    const addCommand = (name: string, label: string, execute: (review: Review) => unknown) => {
      const command = `townie:${name}`;
      app.commands.addCommand(command, {
        label,
        isEnabled: () => Boolean(active()),
        execute: () => {
          const review = active();
          return review && execute(review);
        }
      });
      palette?.addItem({ command, category: trans.__('Townie') });
    };
    addCommand('review', trans.__('Go to the Proposed Change'), review => review.activate());
    addCommand('next-change', trans.__('Next Change'), review => review.step(1));
    addCommand('previous-change', trans.__('Previous Change'), review => review.step(-1));
    addCommand('accept-change', trans.__('Accept This Change'), review => review.settle('accept'));
    addCommand('reject-change', trans.__('Reject This Change'), review => review.settle('reject'));
    addCommand('accept-edit', trans.__('Accept the Proposal'), review => review.decide('accept'));
    addCommand('accept-edit-and-run', trans.__('Accept the Proposal and Run'), review =>
      review.decide('accept_and_run')
    );
    addCommand('reject-edit', trans.__('Reject the Proposal'), review => review.decide('reject'));
    addCommand('leave-review', trans.__('Leave the Proposed Change'), review =>
      review.cell.node.focus()
    );
    addCommand('toggle-source', trans.__('Show the Source Beside the Proposal'), review =>
      review.showSource(!review.isSourceShown)
    );
    addCommand('toggle-diff-layout', trans.__('Unified or Side by Side'), review =>
      review.setDiffLayout(review.diffLayout === 'unified' ? 'split' : 'unified')
    );

    void settings
      ?.load(PLUGIN)
      .then(loaded => {
        const read = () => {
          reviews.layout = loaded.composite.layout === 'split' ? 'split' : 'unified';
        };
        loaded.changed.connect(read);
        read();
      })
      .catch(reason => console.warn('Settings of Townie:', reason));
    return reviews;
  }
};
