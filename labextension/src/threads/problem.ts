import { Problem } from '../protocol';
import { h } from './dom';

/** An error told in the transcript: what happened, and what to do next. */
export function problemView(problem: Problem, level: 'info' | 'warning' | 'error'): HTMLElement {
  return h(
    'div',
    { class: `jp-Townie-problem jp-mod-${level}`, townie: 'problem' },
    h('div', {}, problem.message),
    problem.remedy ? h('div', { class: 'jp-Townie-remedy' }, problem.remedy) : null,
    problem.detail && problem.detail !== problem.message
      ? h('div', { class: 'jp-Townie-detail' }, problem.detail)
      : null
  );
}
