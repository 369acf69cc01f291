import type { ISessionContext } from '@jupyterlab/apputils';
import type { ICellModel, ICodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import { CellSnapshot, Image, NotebookSnapshot } from '../protocol';
import { ExecutedSources } from './executed';
import { outputText } from './outputs';

/** Base64 characters of images that a snapshot may have; those furthest from the active cell are named instead. */
export const IMAGES_LIMIT = 8_000_000;

/** A notebook as it stands now. */
export function snapshot(
  panel: NotebookPanel,
  executed: ExecutedSources,
  withOutputs: boolean
): NotebookSnapshot {
  const model = panel.content.model!;
  const cells = Array.from(model.cells, (cell): CellSnapshot => {
    const common = { id: cell.id, cell_type: cellType(cell), source: cell.sharedModel.getSource() };
    if (cell.type !== 'code') {
      return common;
    }
    const code = cell as ICodeCellModel;
    return {
      ...common,
      execution_count: code.executionCount,
      edited_since_run: executed.editedSince(model, code),
      ...(withOutputs ? outputText(outputsOf(code.outputs)) : { error: errorOf(code.outputs) })
    };
  });
  limitImages(cells, panel.content.activeCellIndex);
  return {
    path: panel.context.localPath,
    cells,
    language: kernelLanguage(panel),
    kernel_id: panel.sessionContext.session?.kernel?.id ?? null,
    kernel_status: kernelStatus(panel.sessionContext),
    active_cell: panel.content.activeCell?.model.id ?? null,
    dirty: model.dirty,
    read_only: isReadOnly(panel)
  };
}

/** Leave out images of a notebook that has too many, from the cells furthest from the one at `active` on. */
export function limitImages(cells: CellSnapshot[], active: number, limit = IMAGES_LIMIT): void {
  const distance = (index: number) => Math.abs(index - active);
  const order = Array.from(cells.keys()).sort((a, b) => distance(a) - distance(b));
  let room = limit;
  for (const cell of order.map(index => cells[index])) {
    const images = cell.images ?? [];
    room -= images.reduce((sum, image) => sum + image.data.length, 0);
    if (images.length && room < 0) {
      cell.images = [];
      cell.output = [cell.output, ...images.map(leftOut)].filter(Boolean).join('\n');
    }
  }
}

function leftOut(image: Image): string {
  return `[${image.mime}, ${Math.round((image.data.length * 3) / 4e3)} kB, left out]`;
}

export function cellType(cell: ICellModel): CellSnapshot['cell_type'] {
  return cell.type === 'markdown' || cell.type === 'raw' ? cell.type : 'code';
}

export function* outputsOf(outputs: IOutputAreaModel): Iterable<nbformat.IOutput> {
  for (let index = 0; index < outputs.length; index++) {
    yield outputs.get(index).toJSON();
  }
}

/** The error output of a cell, or null; of the other outputs at most what the cell complained of is copied for it. */
export function errorOf(outputs: IOutputAreaModel): ReturnType<typeof outputText>['error'] {
  for (let index = outputs.length - 1; index >= 0; index--) {
    if (outputs.get(index).type === 'error') {
      const error = outputs.get(index).toJSON();
      const streams = error.ename ? [] : [...outputsOf(outputs)].filter(isStream);
      return outputText([...streams, error]).error;
    }
  }
  return null;
}

function isStream(output: nbformat.IOutput): boolean {
  return output.output_type === 'stream';
}

/** Whether what is changed in a notebook could not be saved. */
export function isReadOnly(panel: NotebookPanel): boolean {
  return panel.context.contentsModel?.writable === false || panel.content.model?.readOnly === true;
}

/** The language of a notebook's kernel, as Jupyter names it ("python", "R", "julia"). */
export function kernelLanguage(panel: NotebookPanel): string {
  const model = panel.content.model;
  const spec = model?.getMetadata('kernelspec') as { language?: string } | undefined;
  return model?.defaultKernelLanguage || spec?.language || 'python';
}

/** Milliseconds that a busy kernel is given to have been busy with a question of the server only. */
const SETTLE = 100;

/** Wait, but not long, for a kernel to be idle: the server has its answer a little before the kernel says so. */
export async function settled(session: ISessionContext): Promise<void> {
  if (session.session?.kernel?.status !== 'busy') {
    return;
  }
  await new Promise<void>(resolve => {
    const done = () => {
      clearTimeout(timer);
      session.statusChanged.disconnect(done);
      resolve();
    };
    const timer = setTimeout(done, SETTLE);
    session.statusChanged.connect(done);
  });
}

export function kernelStatus(
  session: ISessionContext
): NonNullable<NotebookSnapshot['kernel_status']> {
  const kernel = session.session?.kernel;
  if (!kernel) {
    return session.isReady || session.hasNoKernel ? 'none' : 'starting';
  }
  switch (kernel.status) {
    case 'idle':
    case 'busy':
    case 'dead':
      return kernel.status;
    case 'starting':
    case 'restarting':
    case 'autorestarting':
      return 'starting';
    case 'terminating':
      return 'dead';
    default:
      return 'unknown';
  }
}
