import { asProblem } from './api';
import { button, h } from './dom';
import { ISurroundings } from './surroundings';

/** How long it is said that something was taken back, in milliseconds. */
const SAID = 6_400;

/** Put code into the notebook by hand; what became of it is told at the end of `place`, with the way back. */
export async function insertCode(
  around: ISurroundings,
  code: string,
  language: string,
  how: 'below' | 'replace' | 'run',
  place: Element
): Promise<void> {
  const { documents, trans, townie } = around;
  const mode = how === 'replace' ? 'replace' : 'below';
  let inserted = null;
  try {
    inserted = (await documents?.insert(code, language, mode, how === 'run')) ?? null;
  } catch (error) {
    townie.notify(asProblem(error), 'error');
    return;
  }
  if (!inserted) {
    townie.notify(
      {
        code: 'no_notebook',
        message: trans.__('There is no notebook to put this into.'),
        remedy: trans.__('Open a notebook and click the cell where it should go.')
      },
      'warning'
    );
    return;
  }
  const { where, undo, path, cellId } = inserted;
  const told = mode === 'replace' ? trans.__('Replaced %1', where) : trans.__('Inserted %1', where);
  const line = h(
    'div',
    { class: 'jp-Townie-told', role: 'status', townie: 'inserted' },
    `${told} `
  );
  line.append(
    button({
      label: trans.__('Show'),
      kind: 'link',
      click: () => void around.reveal(path, cellId)
    }),
    button({
      label: trans.__('Undo'),
      kind: 'link',
      townie: 'undo-insert',
      click: () => {
        const undone = undo();
        line.replaceChildren(
          undone ? trans.__('Undone.') : trans.__('Left as it is: you have changed it since.')
        );
        if (undone) {
          setTimeout(() => line.remove(), SAID);
        }
      }
    })
  );
  place.parentElement?.querySelector(':scope > .jp-Townie-told')?.remove();
  place.after(line);
}
