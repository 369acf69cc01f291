import type { JupyterFrontEnd } from '@jupyterlab/application';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { YNotebook } from '@jupyter/ydoc';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { ApplyRequest, Attachment, Binding, PageReply, PageVerb, ReadRequest } from '../protocol';
import { applyOperations } from './apply';
import { ActiveDocument, ITrackers } from './binding';
import { ExecutedSources } from './executed';
import { StreamFollower } from './follow';
import { HandInsertion } from './insertion';
import { OpenNotebooks } from './openNotebooks';
import { reloadOutdated } from './outdated';
import { CellRunner, IRunServices } from './run';
import { Saves } from './saves';
import { isReadOnly, settled, snapshot } from './snapshot';
import { IInserted, ILiveDocuments } from './tokens';

/**
 * Have a notebook of format 4.4 or older keep the ids of its cells, without which an undo after a reload finds nothing.
 * The minor version before, or null when nothing had to be done.
 */
function upgrade(notebook: YNotebook): number | null {
  const minor = notebook.nbformat_minor;
  if (notebook.nbformat !== 4 || minor >= 5) {
    return null;
  }
  notebook.nbformat_minor = 5;
  return minor;
}

/** The live documents of this page; see `ILiveDocuments`. */
export class LiveDocuments implements ILiveDocuments, IDisposable {
  constructor(
    private _app: JupyterFrontEnd,
    private _trackers: ITrackers,
    services: IRunServices
  ) {
    this._trans = services.translator.load('jupyter_townie');
    this._active = new ActiveDocument(_trackers);
    this._open = new OpenNotebooks(_trackers.notebooks);
    this._saves = new Saves(_trackers.notebooks);
    this._runner = new CellRunner(services);
    this._insertion = new HandInsertion(this._active, this._runner, this._trans);
    this._open.opened.connect((_, panel) => {
      reloadOutdated(panel, _app.serviceManager.contents).catch(reason =>
        console.info('Townie could not see whether a notebook is as it was loaded', reason)
      );
    }, this);
    this._active.changed.connect(() => this._bindingChanged.emit(), this);
    this._open.changed.connect(() => this._openChanged.emit(), this);
  }

  binding(): Binding {
    return this._active.binding();
  }

  suggested(): Attachment[] {
    return this._active.suggested();
  }

  get bindingChanged(): ISignal<ILiveDocuments, void> {
    return this._bindingChanged;
  }

  get open(): readonly string[] {
    return this._open.paths;
  }

  get unsaved(): readonly string[] {
    return this._open.unsaved;
  }

  get openChanged(): ISignal<ILiveDocuments, void> {
    return this._openChanged;
  }

  async handle(body: PageVerb): Promise<PageReply> {
    try {
      let panel = this._open.find(body.path);
      if (panel && body.verb === 'apply') {
        await this._saves.over(panel);
        // It may have been saved to be closed.
        panel = this._open.find(body.path);
      }
      if (!panel) {
        const message = this._trans.__('%1 is not open in this page', body.path);
        return { verb: 'refused', reason: 'not_open', message };
      }
      switch (body.verb) {
        case 'apply':
          return this._apply(panel, body);
        case 'run':
          return { verb: 'run', runs: await this._runner.run(panel, body.cell_ids) };
        default:
          await settled(panel.sessionContext);
          return {
            verb: 'read',
            notebook: snapshot(panel, this._executed, (body as ReadRequest).outputs ?? true)
          };
      }
    } catch (reason) {
      console.error('Townie could not carry out a request of its server', reason);
      return { verb: 'refused', reason: 'error', message: String(reason) };
    }
  }

  describe(path: string, cellId: string): string | null {
    const panel = this._open.find(path);
    const cell = panel?.content.widgets.find(cell => cell.model.id === cellId);
    return panel && cell ? this._active.cellLabel(panel, cell) : null;
  }

  cellType(path: string, cellId: string): string | null {
    const cells = this._open.find(path)?.content.widgets;
    return cells?.find(cell => cell.model.id === cellId)?.model.type ?? null;
  }

  async reveal(path: string, cellId?: string | null): Promise<boolean> {
    const panel = this._open.find(path);
    if (!panel) {
      const file = this._trackers.files?.find(widget => widget.context.localPath === path);
      if (!file) {
        return false;
      }
      this._app.shell.activateById(file.id);
      file.content.editor.focus();
      return true;
    }
    this._app.shell.activateById(panel.id);
    const notebook = panel.content;
    if (cellId) {
      const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
      if (index < 0) {
        return false;
      }
      notebook.deselectAll();
      notebook.activeCellIndex = index;
      await notebook.scrollToItem(index, 'smart').catch(() => undefined);
    }
    notebook.activate();
    return true;
  }

  insert(
    source: string,
    language: string,
    how: 'below' | 'replace',
    run = false
  ): Promise<IInserted | null> {
    return this._insertion.insert(source, language, how, run);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._active.dispose();
    this._open.dispose();
    this._saves.dispose();
    this._executed.dispose();
    Signal.clearData(this);
  }

  private _apply(panel: NotebookPanel, body: ApplyRequest): PageReply {
    if (isReadOnly(panel)) {
      const message = this._trans.__('%1 is read only', panel.context.localPath);
      return { verb: 'refused', reason: 'read_only', message };
    }
    const notebook = panel.content.model!.sharedModel as YNotebook;
    const results = applyOperations(notebook, body.operations);
    const streamed = body.operations.filter(({ op }) => op === 'append' || op === 'insert');
    const last = streamed[streamed.length - 1];
    const done = results.every(result => result.ok);
    if (last && done) {
      this._follower(panel).follow(last.cell_id);
    }
    return { verb: 'apply', results, upgraded_from: done ? upgrade(notebook) : null };
  }

  private _follower(panel: NotebookPanel): StreamFollower {
    let follower = this._followers.get(panel);
    if (!follower) {
      this._followers.set(panel, (follower = new StreamFollower(panel)));
    }
    return follower;
  }

  private _trans: TranslationBundle;
  private _active: ActiveDocument;
  private _open: OpenNotebooks;
  private _saves: Saves;
  private _executed = new ExecutedSources();
  private _runner: CellRunner;
  private _insertion: HandInsertion;
  private _followers = new WeakMap<NotebookPanel, StreamFollower>();
  private _bindingChanged = new Signal<ILiveDocuments, void>(this);
  private _openChanged = new Signal<ILiveDocuments, void>(this);
  private _isDisposed = false;
}
