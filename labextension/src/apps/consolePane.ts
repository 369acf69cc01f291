import { TranslationBundle } from '@jupyterlab/translation';
import { h } from '../threads/dom';
import { LogPane } from './logPane';
import { AppModel, IConsoleLine, IExchange } from './model';

function clock(time: number): string {
  return new Date(time * 1000).toLocaleTimeString([], { hour12: false });
}

/** What the page and the backend have printed, and what went wrong. */
export function consolePane(app: AppModel, trans: TranslationBundle): LogPane<IConsoleLine> {
  const from = {
    page: trans.__('page'),
    backend: trans.__('backend'),
    townie: 'Townie'
  };
  return new LogPane({
    name: 'console',
    journal: app.console,
    trans,
    label: trans.__('Console of the app'),
    empty: trans.__(
      'Nothing was printed yet. What the page logs, what the backend prints, and every error comes here.'
    ),
    row: line =>
      h(
        'div',
        {
          class: `jp-TownieApp-line jp-mod-${line.level}`,
          townie: 'app-console-line',
          'data-from': line.from
        },
        h('span', { class: 'jp-TownieApp-time' }, clock(line.time)),
        h('span', { class: 'jp-TownieApp-from' }, from[line.from]),
        h('span', { class: 'jp-TownieApp-lineText' }, line.text)
      )
  });
}

/** The requests that the page has made. */
export function networkPane(app: AppModel, trans: TranslationBundle): LogPane<IExchange> {
  return new LogPane({
    name: 'network',
    journal: app.network,
    trans,
    label: trans.__('Requests of the app'),
    empty: trans.__('No requests yet. What the page asks its backend for comes here.'),
    row: exchange => {
      const status = exchange.status ? String(exchange.status) : '—';
      return h(
        'div',
        {
          class: `jp-TownieApp-line ${(exchange.status ?? 0) >= 400 ? 'jp-mod-error' : ''}`,
          townie: 'app-exchange'
        },
        h('span', { class: 'jp-TownieApp-time' }, clock(exchange.time)),
        h('span', { class: 'jp-TownieApp-status' }, status),
        h('span', { class: 'jp-TownieApp-method' }, exchange.method),
        h('span', { class: 'jp-TownieApp-lineText' }, exchange.url || '/'),
        h(
          'span',
          { class: 'jp-TownieApp-ms' },
          exchange.ms === null ? '' : `${Math.round(exchange.ms)} ms`
        )
      );
    }
  });
}
