import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DisposableDelegate } from '@lumino/disposable';
import { IMentionSource } from '../context/mentions';
import { CellSource, FileSource, VariableSource } from '../context/sources';
import { ModelCatalog } from '../models/catalog';
import { IReviews } from '../edits/tokens';
import { ILiveDocuments } from '../notebooks/tokens';
import { Attachment } from '../protocol';
import { ISettings } from '../settings/tokens';
import { TownieApi } from './api';
import { Chat } from './chat';
import { lastWithChanges } from './changes';
import { h } from './dom';
import { failedCell, onCellRun } from './failed';
import { townieIcon } from './icons';
import { IdleQueue } from './idle';
import { Markdown } from './markdown';
import { ChatMemory } from './memory';
import { addToMain } from './mainArea';
import { IChatSlot } from './slot';
import { ISurroundings } from './surroundings';
import { ITownie } from './tokens';
import { WayBack } from './wayback';

export const CommandIDs = {
  open: 'townie:open-chat',
  fresh: 'townie:new-thread',
  list: 'townie:list-threads',
  stop: 'townie:stop',
  undo: 'townie:undo-turn',
  status: 'townie:open-status'
} as const;

export const chat: JupyterFrontEndPlugin<IChatSlot> = {
  id: 'jupyter-townie:chat',
  description: 'The chat sidebar of Townie.',
  autoStart: true,
  provides: IChatSlot,
  requires: [ITownie, ISettings, IRenderMimeRegistry],
  optional: [
    ILiveDocuments,
    IEditorLanguageRegistry,
    INotebookTracker,
    IDocumentManager,
    IStateDB,
    ILayoutRestorer,
    ILabShell,
    ICommandPalette,
    ITranslator,
    IReviews
  ],
  activate: (
    app: JupyterFrontEnd,
    townie: ITownie,
    settings: ISettings,
    rendermime: IRenderMimeRegistry,
    documents: ILiveDocuments | null,
    languages: IEditorLanguageRegistry | null,
    notebooks: INotebookTracker | null,
    manager: IDocumentManager | null,
    state: IStateDB | null,
    restorer: ILayoutRestorer | null,
    labShell: ILabShell | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    reviews: IReviews | null
  ) => {
    const { commands, shell, serviceManager } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_townie');
    const api = new TownieApi(serviceManager.serverSettings);
    const catalog = new ModelCatalog(api);
    const live = h('div', {
      class: 'jp-Townie-live',
      role: 'status',
      'aria-live': 'polite',
      townie: 'announcement'
    });
    const openSettings = (): void =>
      void commands.execute('settingeditor:open', { query: 'Townie' });

    const around: ISurroundings = {
      townie,
      documents,
      reviews,
      languages,
      trans,
      privacy: settings.notebooks,
      markdown: new Markdown(rendermime),
      idle: new IdleQueue(),
      failed: () => (notebooks ? failedCell(notebooks) : null),
      openSettings,
      openStatus: () => void commands.execute(CommandIDs.status),
      announce: text => {
        live.textContent = text;
      },
      reveal: async (path, cellId) => {
        if (!(await documents?.reveal(path, cellId))) {
          await commands.execute('docmanager:open', { path });
          const found = await documents?.reveal(path, cellId);
          if (cellId && found === false && documents?.open.includes(path)) {
            townie.notify(
              {
                code: 'missing',
                message: trans.__('The cell is not in %1 any more.', PathExt.basename(path)),
                remedy: trans.__('If it was undone or deleted, its code is still in the chat.')
              },
              'warning'
            );
          }
        }
      },
      preview: (thread, turn, goal) => api.restorePreview(thread.id, turn, goal),
      showSent: (thread, turnId) => {
        const turn = thread.turn(turnId);
        if (!turn) {
          return;
        }
        void import('./receipt').then(({ receiptWidget }) => {
          const id = `jupyter-townie-receipt-${turnId}`;
          const open = [...shell.widgets('main'), ...shell.widgets('left')].find(
            widget => widget.id === id
          );
          if (open) {
            open.dispose();
          }
          addToMain(shell, receiptWidget(around, api, thread, turn), { mode: 'tab-after' });
          shell.activateById(id);
        });
      }
    };

    const cellRuns = onCellRun(() => widget.cellRan());

    const sources: IMentionSource[] = [
      new FileSource(
        serviceManager.contents,
        () => PathExt.dirname(documents?.binding().path ?? ''),
        trans
      )
    ];
    if (notebooks) {
      sources.unshift(new VariableSource(notebooks, trans));
    }
    if (documents) {
      sources.unshift(new CellSource(documents, trans));
    }

    const widget = new Chat({
      around,
      api,
      settings,
      catalog,
      memory: new ChatMemory(state),
      sources,
      live,
      chooseFiles: async () => {
        if (!manager) {
          return [];
        }
        const { FileDialog } = await import('@jupyterlab/filebrowser');
        const result = await FileDialog.getOpenFiles({ manager, title: trans.__('Add files') });
        return (result.value ?? [])
          .filter(file => file.type !== 'directory')
          .map((file): Attachment => ({ kind: 'file', ref: file.path, label: file.name }));
      }
    });
    widget.id = 'jupyter-townie-chat';
    widget.title.icon = townieIcon;
    widget.title.caption = trans.__('Townie');
    shell.add(widget, settings.values.side, { rank: 900, type: 'Townie' });
    restorer?.add(widget, 'jupyter-townie-chat');
    widget.disposed.connect(() => cellRuns.dispose());
    void app.restored.then(() => widget.restore());

    const reveal = (): void => {
      shell.activateById(widget.id);
    };
    const back = new WayBack(widget.node, () =>
      document.querySelector(`.jp-SideBar [data-id="${widget.id}"]`)
    );
    townie.revealed.connect((_, { turn }) => {
      if (!widget.isVisible) {
        reveal();
      }
      widget.reveal(turn);
    });

    commands.addCommand(CommandIDs.open, {
      label: trans.__('Townie: Chat'),
      caption: trans.__('Show the chat and go to its input, or hide it when it has the focus'),
      icon: townieIcon,
      execute: () => {
        if (widget.isVisible && widget.node.contains(document.activeElement) && labShell) {
          if (settings.values.side === 'left') {
            labShell.collapseLeft();
          } else {
            labShell.collapseRight();
          }
          back.go();
          return;
        }
        reveal();
        widget.focusInput();
      }
    });
    commands.addCommand(CommandIDs.fresh, {
      label: trans.__('Townie: New Chat'),
      execute: async () => {
        reveal();
        await widget.fresh();
      }
    });
    commands.addCommand(CommandIDs.list, {
      label: trans.__('Townie: All Chats'),
      execute: () => {
        reveal();
        widget.toggleList();
      }
    });
    commands.addCommand(CommandIDs.stop, {
      label: trans.__('Townie: Stop Answering'),
      isEnabled: () => Boolean(townie.current?.running),
      execute: () => widget.stop()
    });
    commands.addCommand(CommandIDs.undo, {
      label: trans.__('Townie: Undo the Last Answer'),
      caption: trans.__('Show what taking back its changes would do, and do it'),
      isEnabled: () => lastWithChanges(townie.current) !== null,
      execute: async () => {
        const turn = lastWithChanges(townie.current);
        if (turn) {
          reveal();
          await widget.previewUndo(turn.id);
        }
      }
    });
    townie.changed.connect((_, { change }) => {
      if (change.kind === 'turn') {
        commands.notifyCommandChanged(CommandIDs.stop);
      }
      if (change.kind === 'turn' || change.kind === 'action') {
        commands.notifyCommandChanged(CommandIDs.undo);
      }
    });
    let statusCard: MainAreaWidget | null = null;
    commands.addCommand(CommandIDs.status, {
      label: trans.__('Townie: Status, Models and Keys'),
      icon: townieIcon,
      execute: async () => {
        if (!statusCard || statusCard.isDisposed) {
          const { statusWidget } = await import('../settings/status');
          statusCard = statusWidget({ api, catalog, settings, trans, openSettings });
          addToMain(shell, statusCard);
        }
        shell.activateById(statusCard.id);
      }
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('Townie') });
    }
    return {
      add: element => {
        widget.slot.node.append(element);
        return new DisposableDelegate(() => element.remove());
      },
      suggest: chips => widget.suggest(chips)
    };
  }
};
