import type { Cell } from '@jupyterlab/cells';
import { PanelLayout, Widget } from '@lumino/widgets';

/** Where a bar goes: right below the input of its cell, or at the cell's end, below the outputs. */
export type BarPlace = 'input' | 'end';

export interface IBarButton {
  /** Becomes `data-townie`, by which tests and styles find it. */
  name: string;
  label: string;
  title?: string;
  /** The one that is meant when nothing speaks against it. */
  primary?: boolean;
  onClick: () => void;
}

/** A row in a cell, aligned with its editor: some text, then buttons. */
export class CellBar extends Widget {
  constructor(name: string, label: string) {
    super();
    this.addClass('jp-TownieCellBar');
    this.node.dataset.townie = name;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', label);
  }

  /** The index in a cell's layout at which a bar goes, by the number of widgets that the cell has. */
  static index(place: BarPlace, count: number): number {
    // A cell is: header, input, (handle, outputs,) footer.
    return place === 'input' ? Math.min(2, count) : Math.max(0, count - 1);
  }

  addTo(cell: Cell, place: BarPlace): void {
    const layout = cell.layout as PanelLayout;
    layout.insertWidget(CellBar.index(place, layout.widgets.length), this);
  }

  /** Add it above a bar of the cell.  That one is not moved: what is moved loses the focus. */
  addAbove(bar: CellBar, cell: Cell): void {
    const layout = cell.layout as PanelLayout;
    layout.insertWidget(layout.widgets.indexOf(bar), this);
  }
}

/** A small button of text, reachable by keyboard. */
export function barButton({ name, label, title, primary, onClick }: IBarButton): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = primary ? 'jp-TownieBarButton jp-mod-primary' : 'jp-TownieBarButton';
  button.dataset.townie = name;
  button.textContent = label;
  if (title) {
    button.title = title;
  }
  button.addEventListener('click', event => {
    event.stopPropagation();
    onClick();
  });
  return button;
}
