import { AppChecked } from '../protocol';
import { h } from './dom';
import { ISurroundings } from './surroundings';

interface IVerdict {
  sign: 'error' | 'good' | 'open';
  said: string;
}

const SIGNS = { error: '✕', good: '✓', open: '·' };
const CLASSES = { error: 'jp-mod-error', good: 'jp-mod-good', open: '' };

/** What became of an app after a change: it was loaded anew, watched until it was quiet, and this is what it reported. */
export function checkView(surroundings: ISurroundings, checked: AppChecked): HTMLElement {
  const { sign, said } = verdict(surroundings, checked);
  return h(
    'div',
    { class: `jp-Townie-check ${CLASSES[sign]}`, townie: 'app-check' },
    h('span', { class: 'jp-Townie-checkSign', 'aria-hidden': 'true' }, SIGNS[sign]),
    h(
      'div',
      {},
      said,
      ...(checked.failures ?? []).map(({ failure, hint }) =>
        h(
          'div',
          { class: 'jp-Townie-checkFailure' },
          `${failure.ename}: ${failure.evalue}`.slice(0, 300),
          hint ? h('div', { class: 'jp-Townie-remedy' }, hint) : null
        )
      )
    )
  );
}

/** The first of these that holds: each says more than those below it. */
function verdict({ trans }: ISurroundings, checked: AppChecked): IVerdict {
  const { watched, loaded, running = 0, repaired, title, after = '' } = checked;
  const { length: failures } = checked.failures ?? [];
  const secrets = checked.secrets ?? [];
  if (failures) {
    const said = trans._n('"%2" reported %1 error', '"%2" reported %1 errors', failures, title);
    return { sign: 'error', said };
  }
  if (secrets.length) {
    const named = secrets.join(', ');
    return {
      sign: 'open',
      said: trans.__('"%1" waits for %2, which you are asked for', title, named)
    };
  }
  if (after && checked.published) {
    const said = trans.__(
      '"%1" was loaded anew without an error. The error had come up in the published app: Update (below Published) brings the change there.',
      title
    );
    return { sign: 'open', said };
  }
  if (after) {
    const said = trans.__(
      '"%1" was loaded anew without an error. The error had come after %2: try that again.',
      title,
      after
    );
    return { sign: 'open', said };
  }
  if (running) {
    const said = trans._n(
      '"%2" reported no error so far; one of its requests is still running',
      '"%2" reported no error so far; %1 of its requests are still running',
      running,
      title
    );
    return { sign: 'open', said };
  }
  if (repaired) {
    const said = trans.__('"%1" was loaded anew: the error is gone, and no new one came', title);
    return { sign: 'good', said };
  }
  if (!watched) {
    const said = trans.__(
      '"%1" is up; no page shows it, so errors in the browser would not be seen',
      title
    );
    return { sign: 'open', said };
  }
  if (loaded) {
    return { sign: 'good', said: trans.__('"%1" was loaded and reported no error', title) };
  }
  return {
    sign: 'open',
    said: trans.__('"%1" has not finished loading; it reported no error yet', title)
  };
}
