import { AppChecked } from '../protocol';
import { h } from './dom';
import { ISurroundings } from './surroundings';

/** What became of an app after a change: it was loaded anew, watched until it was quiet, and this is what it reported. */
export function checkView({ trans }: ISurroundings, checked: AppChecked): HTMLElement {
  const failures = checked.failures ?? [];
  const { watched, loaded, running = 0, repaired, title, after = '' } = checked;
  const secrets = checked.secrets ?? [];
  const said = failures.length
    ? trans._n('"%2" reported %1 error', '"%2" reported %1 errors', failures.length, title)
    : secrets.length
      ? trans.__('"%1" waits for %2, which you are asked for', title, secrets.join(', '))
      : after
        ? checked.published
          ? trans.__(
              '"%1" was loaded anew without an error. The error had come up in the published app: Update (below Published) brings the change there.',
              title
            )
          : trans.__(
              '"%1" was loaded anew without an error. The error had come after %2: try that again.',
              title,
              after
            )
        : running
          ? trans._n(
              '"%2" reported no error so far; one of its requests is still running',
              '"%2" reported no error so far; %1 of its requests are still running',
              running,
              title
            )
          : repaired
            ? trans.__('"%1" was loaded anew: the error is gone, and no new one came', title)
            : !watched
              ? trans.__(
                  '"%1" is up; no page shows it, so errors in the browser would not be seen',
                  title
                )
              : loaded
                ? trans.__('"%1" was loaded and reported no error', title)
                : trans.__('"%1" has not finished loading; it reported no error yet', title);
  const good =
    !after &&
    !running &&
    failures.length === 0 &&
    secrets.length === 0 &&
    (repaired || (watched && loaded));
  return h(
    'div',
    {
      class: `jp-Townie-check ${failures.length ? 'jp-mod-error' : good ? 'jp-mod-good' : ''}`,
      townie: 'app-check'
    },
    h(
      'span',
      { class: 'jp-Townie-checkSign', 'aria-hidden': 'true' },
      good ? '✓' : failures.length ? '✕' : '·'
    ),
    h(
      'div',
      {},
      said,
      ...failures.map(({ failure, hint }) =>
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
