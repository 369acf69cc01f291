import { baseName, cellName, ISurroundings } from './surroundings';
import { IAction, IPart } from './tokens';

/** Where a piece of code goes and what became of it: "new cell [4] · inserted", "change to cell [5] · +3 -1". */
export function whereOf(around: ISurroundings, action: IAction | undefined, part: IPart): string {
  const { trans } = around;
  const cut = !part.open && !part.complete ? trans.__('cut off') : '';
  if (!action) {
    const target = part.target;
    if (!target) {
      return cut;
    }
    const goal =
      target.kind === 'new_cell'
        ? trans.__('for a new cell')
        : target.kind === 'cell'
          ? trans.__('for a cell')
          : trans.__('for %1', baseName(target.ref ?? ''));
    return [goal, cut].filter(text => text).join(' · ');
  }
  return [goalOf(around, action), stateOf(around, action), cut].filter(text => text).join(' · ');
}

export function goalOf(around: ISurroundings, action: IAction): string {
  const { trans } = around;
  const { body } = action;
  switch (body.kind) {
    case 'insert_cell': {
      const name = around.documents?.describe?.(body.path, body.cell_id);
      if (action.state === 'done' && name) {
        return trans.__('new %1', name);
      }
      const above = body.after ? around.documents?.describe?.(body.path, body.after) : null;
      return above
        ? trans.__('new cell below %1', above)
        : trans.__('new cell in %1', baseName(body.path));
    }
    case 'edit': {
      if (body.takes_back?.length) {
        const where = cellName(around, body.path, body.cell_id);
        return `${trans.__('undo the change to %1, keep yours', where)} · +${body.added ?? 0}\u00a0−${body.removed ?? 0}`;
      }
      const goal = body.cell_id
        ? trans.__('change to %1', cellName(around, body.path, body.cell_id))
        : body.creates
          ? trans.__('new file %1', body.path)
          : trans.__('change to %1', baseName(body.path));
      return action.state === 'streaming'
        ? goal
        : `${goal} · +${body.added ?? 0}\u00a0−${body.removed ?? 0}`;
    }
    case 'delete_cell':
      return trans.__('delete %1', cellName(around, body.path, body.cell_id));
    case 'run': {
      const cells = body.cell_ids.map(id => cellName(around, body.path, id));
      return cells.length <= 3
        ? trans.__('run %1', cells.join(', '))
        : trans.__('run %1 cells of %2', String(cells.length), baseName(body.path));
    }
    case 'install':
      return trans.__('install %1', body.packages.join(', '));
    case 'start_app':
      return trans.__('start the app "%1"', body.title);
    case 'use_app':
      return trans.__('click and type in the app "%1"', body.title);
    default:
      return '';
  }
}

export function stateOf({ trans, documents }: ISurroundings, action: IAction): string {
  const kind = action.body.kind;
  switch (action.state) {
    case 'streaming':
      return trans.__('writing');
    case 'waiting':
      return trans.__('waits for you');
    case 'running':
      return kind === 'install'
        ? trans.__('installing')
        : kind === 'start_app'
          ? trans.__('starting')
          : kind === 'run'
            ? trans.__('running')
            : trans.__('applying');
    case 'done':
      return kind === 'insert_cell'
        ? trans.__('inserted')
        : kind === 'edit'
          ? isUnchanged(action)
            ? trans.__('as it was')
            : trans.__('applied')
          : kind === 'use_app'
            ? trans.__('allowed')
            : trans.__('done');
    case 'failed':
      return kind === 'insert_cell'
        ? trans.__('not inserted')
        : kind === 'edit'
          ? trans.__('not applied')
          : trans.__('failed');
    case 'rejected':
      return kind === 'use_app'
        ? trans.__('not allowed')
        : kind === 'start_app'
          ? trans.__('not started')
          : trans.__('not applied');
    case 'held':
      return documents?.open.includes(action.body.path)
        ? trans.__('held')
        : trans.__('waits until %1 is open', baseName(action.body.path));
    case 'conflict':
      return 'cell_id' in action.body && action.body.cell_id
        ? trans.__('the cell has changed, your text was kept')
        : trans.__('the file has changed and was left as it is');
    case 'undone':
      return trans.__('undone');
    case 'joined':
      return trans.__('part of the change below');
    default:
      return '';
  }
}

/** Whether what was written is what was there: a file of an app that was written anew with the same text. */
function isUnchanged({ body }: IAction): boolean {
  return body.kind === 'edit' && !body.creates && body.before === body.after;
}
