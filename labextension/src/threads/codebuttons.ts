import {
  addBelowIcon,
  checkIcon,
  copyIcon,
  editIcon,
  LabIcon,
  runIcon
} from '@jupyterlab/ui-components';
import { asProblem } from './api';
import { insertCode } from './codeinsertion';
import { button } from './dom';
import { ISurroundings } from './surroundings';

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
    click: () => void insertCode(around, code(), language, how, place)
  });
}
