import { INotebookTracker } from '@jupyterlab/notebook';
import { Contents, Kernel } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { ILiveDocuments } from '../notebooks/tokens';
import { IMentioned, IMentionSource } from './mentions';

/** How long a listing of a folder is believed, in milliseconds. */
const FRESH = 5_000;

/** Cells of the notebook that the next turn would be bound to. */
export class CellSource implements IMentionSource {
  constructor(
    private _documents: ILiveDocuments,
    private _trans: TranslationBundle
  ) {}

  async find(query: string): Promise<IMentioned[]> {
    const { path, kind } = this._documents.binding();
    if (!path || (kind ?? 'notebook') !== 'notebook') {
      return [];
    }
    const reply = await this._documents.handle({ verb: 'read', path, outputs: false });
    if (reply.verb !== 'read') {
      return [];
    }
    return reply.notebook.cells.map((cell, index) => {
      const ran = typeof cell.execution_count === 'number';
      const text = ran ? `cell[${cell.execution_count}]` : `cell${index + 1}`;
      return {
        text,
        label: `@${text}`,
        description: cell.source.trim().split('\n')[0].slice(0, 60),
        group: this._trans.__('Cells'),
        attachment: {
          kind: 'cell',
          ref: cell.id,
          label: ran
            ? this._trans.__('cell [%1]', String(cell.execution_count))
            : this._trans.__('cell %1', String(index + 1)),
          path
        }
      };
    });
  }
}

/** Names in the kernel of the active notebook, by its own completion. */
export class VariableSource implements IMentionSource {
  constructor(
    private _notebooks: INotebookTracker,
    private _trans: TranslationBundle
  ) {}

  async find(query: string): Promise<IMentioned[]> {
    const panel = this._notebooks.currentWidget;
    const kernel = panel?.sessionContext.session?.kernel;
    if (!panel || !kernel || !/^[A-Za-z_]\w*$/.test(query) || !(await idle(kernel))) {
      return [];
    }
    const { content } = await kernel.requestComplete({ code: query, cursor_pos: query.length });
    if (content.status !== 'ok') {
      return [];
    }
    const types = (content.metadata['_jupyter_types_experimental'] ?? []) as {
      text: string;
      type: string;
    }[];
    const kinds = new Map(types.map(({ text, type }) => [text, type]));
    return content.matches
      .filter(name => /^[A-Za-z_]\w*$/.test(name) && !SKIPPED.has(kinds.get(name) ?? ''))
      .map(name => ({
        text: name,
        label: `@${name}`,
        description: kinds.get(name)?.replace('<unknown>', '') ?? '',
        group: this._trans.__('Variables'),
        attachment: { kind: 'variable', ref: name, label: name, path: panel.context.path }
      }));
  }
}

/**
 * Whether the kernel is free to answer. It counts as busy for a moment after each completion, so that one is waited for;
 * a kernel that runs a cell is left alone.
 */
function idle(kernel: Kernel.IKernelConnection): Promise<boolean> {
  if (kernel.status === 'idle') {
    return Promise.resolve(true);
  }
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      kernel.statusChanged.disconnect(changed);
      resolve(kernel.status === 'idle');
    };
    const changed = (): void => {
      if (kernel.status === 'idle') {
        done();
      }
    };
    const timer = setTimeout(done, 250);
    kernel.statusChanged.connect(changed);
  });
}

const SKIPPED = new Set(['keyword', 'magic', 'module', 'path']);

/** Files and folders of the server, a folder at a time. */
export class FileSource implements IMentionSource {
  constructor(
    private _contents: Contents.IManager,
    private _root: () => string,
    private _trans: TranslationBundle
  ) {}

  async find(query: string): Promise<IMentioned[]> {
    const slash = query.lastIndexOf('/');
    const typed = slash < 0 ? '' : query.slice(0, slash + 1);
    const base = typed.startsWith('/') ? '' : this._root();
    const folder = [base, typed.replace(/^\/|\/$/g, '')].filter(part => part).join('/');
    const entries = await this._list(folder);
    return entries.map(entry => {
      const directory = entry.type === 'directory';
      return {
        text: typed + entry.name + (directory ? '/' : ''),
        label: `@${typed}${entry.name}${directory ? '/' : ''}`,
        description: '',
        group: this._trans.__('Files'),
        attachment: { kind: 'file', ref: entry.path, label: entry.name }
      };
    });
  }

  private async _list(folder: string): Promise<Contents.IModel[]> {
    const known = this._listed.get(folder);
    if (known && Date.now() - known.time < FRESH) {
      return known.entries;
    }
    const model = await this._contents.get(folder, { content: true });
    const entries = ((model.content ?? []) as Contents.IModel[]).filter(
      entry => !entry.name.startsWith('.')
    );
    this._listed.set(folder, { time: Date.now(), entries });
    return entries;
  }

  private _listed = new Map<string, { time: number; entries: Contents.IModel[] }>();
}
