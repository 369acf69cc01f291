import { INotebookTracker } from '@jupyterlab/notebook';
import { Contents, Kernel, KernelMessage } from '@jupyterlab/services';
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

/** The variables in the kernel of the active notebook, the newest first. */
export class VariableSource implements IMentionSource {
  constructor(
    private _notebooks: INotebookTracker,
    private _trans: TranslationBundle
  ) {}

  async find(query: string): Promise<IMentioned[]> {
    const panel = this._notebooks.currentWidget;
    const kernel = panel?.sessionContext.session?.kernel;
    if (
      !panel ||
      !kernel ||
      !/^(?:[\p{L}_][\p{L}\p{N}_]*)?$/u.test(query) ||
      !(await idle(kernel))
    ) {
      return [];
    }
    const { language_info: language } = await kernel.info;
    const found =
      language.name === 'python' ? await this._python(kernel) : await completed(kernel, query);
    return found.map(({ name, type }) => ({
      text: name,
      label: `@${name}`,
      description: type,
      group: this._trans.__('Variables'),
      attachment: { kind: 'variable', ref: name, label: name, path: panel.context.path }
    }));
  }

  /** A completion would also give what is built in, without types, and is slow where much is imported. */
  private async _python(kernel: Kernel.IKernelConnection): Promise<readonly IVariable[]> {
    const known = this._known;
    if (known && known.kernel === kernel.id && Date.now() - known.time < FRESH_VARIABLES) {
      return known.found;
    }
    const { content } = (await kernel.requestExecute({
      code: '',
      silent: true,
      store_history: false,
      user_expressions: { names: NAMES },
      allow_stdin: false
    }).done) as KernelMessage.IExecuteReplyMsg;
    const said =
      content.status === 'ok' ? (content.user_expressions.names as IEvaluated | undefined) : null;
    const found = variablesIn(said?.data?.['text/plain'] ?? '');
    this._known = { kernel: kernel.id, time: Date.now(), found };
    return found;
  }

  private _known: { kernel: string; time: number; found: readonly IVariable[] } | null = null;
}

interface IVariable {
  name: string;
  type: string;
}

interface IEvaluated {
  data?: { 'text/plain'?: string };
}

/** How long the variables are believed while an `@name` is written, in milliseconds. */
const FRESH_VARIABLES = 2_000;

/** Evaluates to the names and types of what the user has made, as JSON; leaves no name behind. */
const NAMES =
  "__import__('json').dumps([[n, type(v).__name__] for n, v in globals().items()" +
  " if n[:1] != '_' and n not in get_ipython().user_ns_hidden and type(v).__name__ != 'module'])";

/** What `NAMES` has answered: the `repr` of a string that holds JSON. */
export function variablesIn(answer: string): IVariable[] {
  const json = answer.slice(1, -1).replace(/\\(.)/g, '$1');
  try {
    return (JSON.parse(json) as [string, string][])
      .map(([name, type]) => ({ name, type }))
      .reverse();
  } catch {
    return [];
  }
}

/** Names that begin as `query`, by the kernel's own completion. */
async function completed(kernel: Kernel.IKernelConnection, query: string): Promise<IVariable[]> {
  if (!query) {
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
    .map(name => ({ name, type: kinds.get(name)?.replace('<unknown>', '') ?? '' }));
}

/**
 * Whether the kernel is free to answer. It counts as busy for a moment after each question, so that one is waited for;
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
