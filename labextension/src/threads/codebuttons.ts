import {
  addBelowIcon,
  checkIcon,
  copyIcon,
  editIcon,
  LabIcon,
  runIcon
} from '@jupyterlab/ui-components';
import { button, h } from './dom';
import { ISurroundings } from './surroundings';
import { asProblem } from './api';

/** How long a button says what it has done, in milliseconds. */
const SAID = 1_600;

export function copyButton(around: ISurroundings, text: () => string): HTMLButtonElement {
  const { trans } = around;
  return button({
    label: trans.__('Copy'),
    icon: copyIcon,
    townie: 'copy',
    click: element => {
      void navigator.clipboard.writeText(text()).then(
        () => {
          around.announce(trans.__('Copied'));
          look(element, checkIcon, trans.__('Copied'));
          setTimeout(() => look(element, copyIcon, trans.__('Copy')), SAID);
        },
        error => around.townie.notify(asProblem(error), 'error')
      );
    }
  });
}

function look(element: HTMLElement, icon: LabIcon, title: string): void {
  element.classList.toggle('jp-mod-done', icon !== copyIcon);
  element.title = title;
  element.replaceChildren();
  icon.element({ container: element, tag: 'span', elementSize: 'small' });
  element.firstElementChild?.setAttribute('aria-hidden', 'true');
}

/**
 * Put code into the notebook by hand; what became of it is told at the end of `place`, with the way back.
 */
export function insertButton(
  around: ISurroundings,
  code: () => string,
  language: string,
  how: 'below' | 'replace' | 'run',
  place: Element
): HTMLButtonElement {
  const { trans } = around;
  const look = {
    below: { label: trans.__('Insert below the active cell'), icon: addBelowIcon },
    replace: { label: trans.__('Replace the active cell'), icon: editIcon },
    run: { label: trans.__('Insert below the active cell and run'), icon: runIcon }
  }[how];
  return button({
    ...look,
    townie: how === 'run' ? 'run' : how === 'replace' ? 'replace' : 'insert',
    click: () => void insert(around, code(), language, how, place)
  });
}

async function insert(
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
          setTimeout(() => line.remove(), 4 * SAID);
        }
      }
    })
  );
  place.parentElement?.querySelector(':scope > .jp-Townie-told')?.remove();
  place.after(line);
}
