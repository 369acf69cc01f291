import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CellWatch } from '../notebooks/cellWatch';
import { OpenNotebooks } from '../notebooks/openNotebooks';
import { TownieApi } from '../threads/api';
import { ITownie } from '../threads/tokens';
import { FileNotices } from './fileNotices';
import { FileReview } from './fileReview';
import { FileReviews } from './fileReviews';
import { goToNextReview, isReviewing } from './nextReview';
import { OpenFiles } from './openFiles';
import { followPending } from './pending';
import { Review } from './review';
import { ReviewDrafts } from './reviewDrafts';
import { Reviews } from './reviews';
import { IReviews } from './tokens';

const PLUGIN = 'jupyter-townie:edits';

/** The review of a proposed change: of a cell in the cell, of a file in a tab or its editor. */
export const edits: JupyterFrontEndPlugin<IReviews> = {
  id: PLUGIN,
  description:
    'Shows a proposed change of a cell in the cell, and one of a file in a tab, for review.',
  autoStart: true,
  provides: IReviews,
  requires: [INotebookTracker, ITownie, IEditorExtensionRegistry, IEditorLanguageRegistry],
  optional: [ITranslator, ICommandPalette, ISettingRegistry, IEditorTracker, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    townie: ITownie,
    extensions: IEditorExtensionRegistry,
    languages: IEditorLanguageRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    editors: IEditorTracker | null,
    restorer: ILayoutRestorer | null
  ): IReviews => {
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const panes = { extensions, languages };
    const onKey = (event: KeyboardEvent) => app.commands.processKeydownEvent(event);
    const drafts = new ReviewDrafts(townie);
    const reviews = new Reviews(townie, panes, drafts, trans, onKey);
    const files = new FileReviews({
      shell: app.shell,
      townie,
      files: new OpenFiles(editors, app.serviceManager.contents),
      panes,
      drafts,
      trans,
      onKey
    });
    reviews.files = files;
    new CellWatch(notebooks, null, (cell, host) => reviews.meet(cell, host));
    followPending(
      new OpenNotebooks(notebooks),
      editors,
      townie,
      new TownieApi(app.serviceManager.serverSettings)
    );

    if (editors) {
      new FileNotices(editors, townie, reviews, files, trans);
    }
    if (restorer) {
      void restorer.restore(files.places.tracker, {
        command: 'townie:review-file',
        args: ({ about: { thread, id } }) => ({ thread: thread.id, action: id }),
        name: ({ about: { id } }) => id,
        // A review of a change that was decided meanwhile does not come back.
        when: app.serviceManager.ready
      });
    }

    const active = (): Review | FileReview | undefined =>
      files.current ??
      reviews.focused ??
      (notebooks.activeCell ? reviews.of(notebooks.activeCell) : undefined);
    const addCommand = (
      name: string,
      label: string,
      execute: (review: Review | FileReview) => unknown
    ) => {
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
    const reviewOf = (cell: Cell) => reviews.of(cell);
    app.commands.addCommand('townie:review', {
      label: trans.__('Go to the Proposed Change'),
      caption: trans.__('In the active cell, or in the next one that has any'),
      isEnabled: () => {
        const panel = notebooks.currentWidget;
        return Boolean(active() ?? (panel && isReviewing(panel, reviewOf)));
      },
      execute: async () => {
        const review = active();
        const panel = notebooks.currentWidget;
        if (review) {
          review.activate();
        } else if (panel) {
          await goToNextReview(panel, reviewOf);
        }
      }
    });
    palette?.addItem({ command: 'townie:review', category: trans.__('Townie') });
    addCommand('next-change', trans.__('Next Change'), review => review.step(1));
    addCommand('previous-change', trans.__('Previous Change'), review => review.step(-1));
    addCommand('accept-change', trans.__('Accept This Change'), review => review.settle('accept'));
    addCommand('reject-change', trans.__('Reject This Change'), review => review.settle('reject'));
    addCommand('undo-in-review', trans.__('Undo in the Proposed Change'), review =>
      review.takeBack('undo')
    );
    addCommand('redo-in-review', trans.__('Redo in the Proposed Change'), review =>
      review.takeBack('redo')
    );
    addCommand('accept-edit', trans.__('Accept the Proposal'), review => review.decide('accept'));
    addCommand('accept-edit-and-run', trans.__('Accept the Proposal and Run'), review =>
      review.decide('accept_and_run')
    );
    addCommand('reject-edit', trans.__('Reject the Proposal'), review => review.decide('reject'));
    addCommand('accept-turn', trans.__('Accept All Changes of This Answer'), review =>
      reviews.decideTurn(review, 'accept')
    );
    addCommand('reject-turn', trans.__('Reject All Changes of This Answer'), review =>
      reviews.decideTurn(review, 'reject')
    );
    addCommand('leave-review', trans.__('Leave the Proposed Change'), review => review.leave());
    addCommand('toggle-source', trans.__('Show the Source Beside the Proposal'), review =>
      review.showSource(!review.isSourceShown)
    );
    addCommand('toggle-diff-layout', trans.__('Unified or Side by Side'), review =>
      review.setDiffLayout(review.diffLayout === 'unified' ? 'split' : 'unified')
    );

    app.commands.addCommand('townie:review-file', {
      label: trans.__('Review the Proposed Change of a File'),
      caption: trans.__(
        '`action` is the change to review, `thread` where it is; without it, the latest one that waits'
      ),
      isEnabled: args => Boolean(args.action ?? files.waiting),
      execute: async args => {
        const wanted = args.action as string | undefined;
        const thread = args.thread
          ? await townie.open(args.thread as string).catch(() => undefined)
          : townie.threads.find(thread => wanted && thread.action(wanted));
        const found = wanted ? thread && { thread, action: wanted } : files.waiting;
        return found ? files.open(found.thread, found.action) : false;
      }
    });
    palette?.addItem({ command: 'townie:review-file', category: trans.__('Townie') });

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
