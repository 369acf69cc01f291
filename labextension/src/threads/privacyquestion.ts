import { TranslationBundle } from '@jupyterlab/translation';
import { Problem } from '../protocol';
import { INotebookPrivacy, LEVELS, wordsOf } from '../settings/notebookPrivacy';
import { asProblem } from './api';
import { button, h } from './dom';
import { IThread, ITownie, ITurn } from './tokens';

/** Whether a turn waits for the user to say what the model may see of the notebook. */
export function asksForPrivacy(turn: ITurn): boolean {
  return turn.ended?.problem?.code === 'privacy';
}

/** The question, with its answers; the turn goes on with the one that is chosen. */
export function privacyQuestion(
  privacy: INotebookPrivacy,
  townie: ITownie,
  trans: TranslationBundle,
  thread: IThread,
  turn: ITurn,
  problem: Problem
): HTMLElement {
  const answers = LEVELS.map(level => {
    const { label, title } = wordsOf(level, trans);
    const choice = button({
      label,
      title,
      kind: level === turn.started.options?.privacy ? 'primary' : 'plain',
      townie: `see-${level}`,
      click: () =>
        void privacy.choose(turn.started.binding.path ?? '', level).then(
          () => thread.continue(turn.id),
          (error: unknown) => townie.notify(asProblem(error), 'error')
        )
    });
    return h(
      'li',
      {},
      choice,
      h('span', { class: 'jp-Townie-privacyTitle', id: `jp-townie-${turn.id}-${level}` }, title)
    );
  });
  return h(
    'div',
    { class: 'jp-Townie-privacyQuestion', townie: 'privacy-question' },
    h('div', {}, problem.message),
    h('ul', { 'aria-label': problem.message }, ...answers),
    h('div', { class: 'jp-Townie-remedy' }, problem.remedy ?? '')
  );
}
