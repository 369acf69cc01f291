import type { TranslationBundle } from '@jupyterlab/translation';
import { barButton } from '../notebooks/cellBar';

export interface IConflictNotice {
  text: string;
  trans: TranslationBundle;
  compareWhole: () => void;
  keepMine: () => void;
}

/** Fill a notice that some of a proposal's changes were left out, with what can be done about it. */
export function fillConflictNotice(
  notice: HTMLElement,
  { text, trans, compareWhole, keepMine }: IConflictNotice
): void {
  const told = document.createElement('span');
  told.textContent = text;
  notice.replaceChildren(
    told,
    barButton({
      name: 'compare-whole',
      label: trans.__('Compare with the whole proposal'),
      onClick: compareWhole
    }),
    barButton({
      name: 'keep-mine',
      label: trans.__('Keep mine'),
      title: trans.__('Reject the proposal'),
      onClick: keepMine
    })
  );
}
