import { CellRun, CellsRan } from '../protocol';
import { button, h } from './dom';
import { cellName, ISurroundings } from './surroundings';
import { IThread } from './tokens';
import { duration } from './usage';

/** What became of a run, a line for each cell that says more than "as before". */
export function runView(around: ISurroundings, thread: IThread, ran: CellsRan): HTMLElement {
  const node = h('div', { class: 'jp-Townie-runs', townie: 'runs' });
  for (const run of ran.runs) {
    node.append(runLine(around, thread, ran, run));
  }
  return node;
}

function runLine(around: ISurroundings, thread: IThread, ran: CellsRan, run: CellRun): HTMLElement {
  const { trans } = around;
  const cell =
    typeof run.execution_count === 'number'
      ? `[${run.execution_count}]`
      : cellName(around, ran.path, run.cell_id);
  const open = button({
    label: trans.__('Open'),
    kind: 'link',
    townie: 'open-cell',
    click: () => void around.reveal(ran.path, run.cell_id)
  });
  const line = h('div', { class: `jp-Townie-run jp-mod-${run.status}`, townie: 'run-result' });
  switch (run.status) {
    case 'ok': {
      const time = typeof run.seconds === 'number' ? duration(run.seconds) : '';
      line.append(time ? trans.__('Ran %1 in %2', cell, time) : trans.__('Ran %1', cell));
      break;
    }
    case 'error': {
      const error = run.error;
      const what = error ? `${error.ename}: ${error.evalue}` : (run.message ?? '');
      line.append(h('span', {}, trans.__('%1 failed: %2', cell, what.slice(0, 400))));
      line.append(
        h(
          'span',
          { class: 'jp-Townie-choices' },
          button({
            label: trans.__('Try fixing'),
            kind: 'link',
            townie: 'try-fixing',
            click: () =>
              void around.townie
                .submit({
                  purpose: 'fix',
                  text: '',
                  binding: {
                    path: ran.path,
                    kind: 'notebook',
                    cell_id: run.cell_id,
                    after: run.cell_id
                  },
                  error: error ?? null,
                  thread: thread.id
                })
                .catch(() => undefined)
          }),
          open
        )
      );
      break;
    }
    default:
      line.append(
        h(
          'span',
          {},
          asSentence(run.message) ||
            (run.status === 'aborted'
              ? trans.__('%1 was stopped', cell)
              : trans.__('%1 was not run', cell))
        ),
        open
      );
  }
  return line;
}

function asSentence(message: string | undefined): string {
  return message ? message.charAt(0).toUpperCase() + message.slice(1) : '';
}
