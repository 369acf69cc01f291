import { IDisposable } from '@lumino/disposable';
import { Drag } from '@lumino/dragdrop';
import { Attachment } from '../protocol';

const CELLS = 'application/vnd.jupyter.cells';
const FILES = 'application/x-jupyter-icontents';
/** Files from the user's own computer are sent as text, up to this size in bytes. */
const LARGEST = 1_000_000;

interface ICellDragged {
  id?: string;
}

export interface IDropOptions {
  /** The notebook that dragged cells come from. */
  notebook(): string | null;
  add(attachment: Attachment): void;
  refuse(message: string): void;
  /** The name of a cell for people. */
  cellLabel(path: string, cellId: string): string;
  tooLarge(name: string): string;
}

/** Lets cells and files be dropped on an element, from JupyterLab and from the user's computer. */
export class DropZone implements IDisposable {
  constructor(
    private _node: HTMLElement,
    private _options: IDropOptions
  ) {
    for (const type of EVENTS) {
      _node.addEventListener(type, this);
    }
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    for (const type of EVENTS) {
      this._node.removeEventListener(type, this);
    }
  }

  handleEvent(event: Event): void {
    if (event.type.startsWith('lm-')) {
      this._lumino(event as Drag.Event);
    } else {
      this._native(event as DragEvent);
    }
  }

  private _lumino(event: Drag.Event): void {
    if (!event.mimeData.hasData(CELLS) && !event.mimeData.hasData(FILES)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this._mark(event.type === 'lm-dragenter' || event.type === 'lm-dragover');
    // The file browser offers nothing but a move; what becomes of the file is up to who takes it.
    event.dropAction = /copy|all/.test(event.supportedActions) ? 'copy' : event.proposedAction;
    if (event.type !== 'lm-drop') {
      return;
    }
    for (const path of (event.mimeData.getData(FILES) as string[] | undefined) ?? []) {
      this._options.add({ kind: 'file', ref: path, label: path.slice(path.lastIndexOf('/') + 1) });
    }
    const path = this._options.notebook();
    for (const cell of (event.mimeData.getData(CELLS) as ICellDragged[] | undefined) ?? []) {
      if (cell.id && path) {
        const label = this._options.cellLabel(path, cell.id);
        this._options.add({ kind: 'cell', ref: cell.id, label, path });
      }
    }
  }

  private _native(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this._mark(event.type === 'dragover' || event.type === 'dragenter');
    if (event.type === 'drop') {
      for (const file of event.dataTransfer.files) {
        void this.read(file);
      }
    }
  }

  /** Attach a file of the user's computer. */
  async read(file: File): Promise<void> {
    if (file.size > LARGEST) {
      this._options.refuse(this._options.tooLarge(file.name));
      return;
    }
    const text = await file.text();
    if (text.includes('\0')) {
      this._options.refuse(this._options.tooLarge(file.name));
      return;
    }
    this._options.add({ kind: 'file', ref: file.name, label: file.name, text });
  }

  private _mark(over: boolean): void {
    this._node.classList.toggle('jp-mod-dropTarget', over);
  }

  private _disposed = false;
}

const EVENTS = [
  'lm-dragenter',
  'lm-dragover',
  'lm-dragleave',
  'lm-drop',
  'dragenter',
  'dragover',
  'dragleave',
  'drop'
];
