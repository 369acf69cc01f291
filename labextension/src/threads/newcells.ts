import { InsertAction } from '../protocol';
import { button, h } from './dom';
import { ISurroundings } from './surroundings';
import { IThread, ITurn } from './tokens';

/** The bar for all new cells of a turn at once: "3 new cells: Run all, Keep, Undo". */
export function newCells(
  { trans }: ISurroundings,
  thread: IThread,
  turn: ITurn,
  node: HTMLElement
): void {
  const cells = turn.actions
    .filter(action => action.body.kind === 'insert_cell' && action.state === 'done')
    .map(action => action.body as InsertAction);
  const code = cells.filter(cell => cell.cell_type !== 'markdown').length;
  const key = `${cells.length}/${code}/${turn.kept}/${turn.undone}/${turn.ended !== null}`;
  if (node.dataset.key === key) {
    return;
  }
  node.dataset.key = key;
  node.hidden = cells.length === 0 || turn.kept || turn.undone;
  if (node.hidden) {
    node.replaceChildren();
    return;
  }
  node.replaceChildren(
    h(
      'span',
      { class: 'jp-Townie-newCount' },
      cells.length === 1 ? trans.__('1 new cell') : trans.__('%1 new cells', String(cells.length))
    ),
    h(
      'span',
      { class: 'jp-Townie-choices' },
      code > 0 &&
        button({
          label: code > 1 ? trans.__('Run all') : trans.__('Run'),
          townie: 'run-all',
          kind: 'primary',
          click: () => thread.run(turn.id)
        }),
      button({ label: trans.__('Keep'), townie: 'keep', click: () => thread.keep(turn.id) }),
      button({ label: trans.__('Undo'), townie: 'undo', click: () => thread.undo(turn.id) })
    )
  );
}
