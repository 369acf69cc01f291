import { MainAreaWidget } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';
import { Receipt } from '../protocol';
import { asProblem, TownieApi } from './api';
import { copyButton } from './codebuttons';
import { h } from './dom';
import { townieIcon } from './icons';
import { problemView } from './problem';
import { questionOf } from './question';
import { IStretch, marked, secrets, stretches } from './requesttext';
import { ISurroundings } from './surroundings';
import { IThread, ITurn } from './tokens';
import { count, dollars, total } from './usage';

/** The exact requests of one turn: each part with its size, every message in full, and the raw JSON. */
export class ReceiptView extends Widget {
  constructor(
    private _around: ISurroundings,
    private _api: TownieApi,
    thread: IThread,
    turn: ITurn
  ) {
    super();
    const { trans } = _around;
    this.addClass('jp-Townie');
    this.addClass('jp-Townie-receipts');
    this.node.tabIndex = 0;
    const sum = total(turn.usage);
    const all = total(thread.turns.flatMap(other => other.usage));
    const line = (label: string, of: typeof sum): HTMLElement =>
      h(
        'div',
        {},
        trans.__('%1: %2 tokens sent, %3 received', label, count(of.input), count(of.output)) +
          (of.cost === null ? '' : `, ${dollars(of.cost)}`)
      );
    this.node.append(
      h('h1', {}, trans.__('What was sent')),
      h('p', { class: 'jp-Townie-receiptQuestion', dir: 'auto' }, questionOf(_around, turn)),
      h(
        'div',
        { class: 'jp-Townie-receiptTotals', townie: 'receipt-totals' },
        line(trans.__('This answer'), sum),
        line(trans.__('This chat'), all)
      )
    );
    if (turn.requests.length === 0) {
      this.node.append(h('p', {}, trans.__('Nothing has been sent to a model.')));
    }
    turn.requests.forEach(
      (request, index) => void this._load(thread.id, request, index, turn.requests.length)
    );
  }

  private async _load(thread: string, request: string, index: number, of: number): Promise<void> {
    const { trans } = this._around;
    const title =
      of > 1
        ? trans.__('Request %1 of %2', String(index + 1), String(of))
        : trans.__('The request');
    const section = h(
      'section',
      { class: 'jp-Townie-receipt', townie: 'receipt' },
      h('h2', {}, title)
    );
    this.node.append(section);
    try {
      this._show(section, await this._api.receipt(thread, request));
    } catch (error) {
      section.append(problemView(asProblem(error), 'error'));
    }
  }

  private _show(section: HTMLElement, receipt: Receipt): void {
    const { trans } = this._around;
    const largest = Math.max(1, ...receipt.parts.map(part => part.tokens));
    const price = receipt.input_price ?? null;
    const cost = (tokens: number): string =>
      price === null ? '' : dollars((tokens * price) / 1_000_000);
    const hidden = secrets(JSON.stringify(receipt.body));
    const rows = receipt.parts.map(part =>
      h(
        'tr',
        {},
        h('td', {}, part.label || part.kind),
        h('td', { class: 'jp-Townie-number' }, count(part.tokens)),
        price !== null && h('td', { class: 'jp-Townie-number' }, cost(part.tokens)),
        h(
          'td',
          { class: 'jp-Townie-barCell', 'aria-hidden': 'true' },
          h('div', {
            class: 'jp-Townie-bar',
            style: `width: ${Math.max(1, Math.round((100 * part.tokens) / largest))}%`
          })
        ),
        h('td', { class: 'jp-Townie-note' }, part.note ?? '')
      )
    );
    const shown = [
      h(
        'p',
        { class: 'jp-Townie-receiptModel' },
        [receipt.model, new Date(receipt.time * 1000).toLocaleString()].join(' · ')
      ),
      h(
        'table',
        { townie: 'receipt-parts' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', {}, trans.__('Part')),
            h('th', { class: 'jp-Townie-number' }, trans.__('Tokens, about')),
            price !== null && h('th', { class: 'jp-Townie-number' }, trans.__('Cost, about')),
            h('th', { 'aria-hidden': 'true' }),
            h('th', {}, trans.__('Left out or redacted'))
          )
        ),
        h('tbody', {}, ...rows)
      ),
      hidden
        ? h(
            'p',
            { class: 'jp-Townie-receiptSecrets', townie: 'receipt-secrets' },
            trans._n(
              'One secret was taken out before this left; its place is marked.',
              '%1 secrets were taken out before this left; their places are marked.',
              hidden
            )
          )
        : null,
      ...this._messages(receipt),
      this._raw(receipt)
    ];
    section.append(...shown.filter(child => child !== null));
  }

  /** Every text of the request in its order, whichever provider's format it has. */
  private _messages(receipt: Receipt): HTMLElement[] {
    const { system, messages } = receipt.body as { system?: unknown; messages?: unknown };
    const shown: [string, string, string[]][] = [];
    if (system !== undefined) {
      shown.push(['system', textOf(system), []]);
    }
    if (Array.isArray(messages)) {
      for (const message of messages as { role?: string; content?: unknown }[]) {
        shown.push([message.role ?? '', textOf(message.content), imagesOf(message.content)]);
      }
    }
    return shown.map(([role, text, pictures], index) =>
      h(
        'details',
        { class: 'jp-Townie-message', townie: 'receipt-message', open: index === shown.length - 1 },
        h('summary', {}, h('b', {}, role), ` · ${text.trim().slice(0, 100)}`),
        ...stretches(text).map(stretch => this._stretch(stretch)),
        ...pictures.map(source =>
          h('img', {
            class: 'jp-Townie-receiptImage',
            townie: 'receipt-image',
            src: source,
            alt: this._around.trans.__('The picture that was sent')
          })
        )
      )
    );
  }

  /** One part of a message; what it is called stands before it and is no piece of what was sent. */
  private _stretch(stretch: IStretch): HTMLElement {
    const body = h('pre', {}, ...marked(stretch.text, this._around.trans.__('A secret; not sent')));
    if (!stretch.label) {
      return body;
    }
    return h(
      'section',
      { class: 'jp-Townie-receiptPart', townie: 'receipt-part' },
      h('h3', {}, stretch.label),
      body
    );
  }

  private _raw(receipt: Receipt): HTMLElement {
    const { trans } = this._around;
    const json = JSON.stringify(receipt.body, null, 2);
    const copy = copyButton(this._around, () => json);
    return h(
      'details',
      { class: 'jp-Townie-message', townie: 'receipt-raw' },
      h('summary', {}, trans.__('Raw request (JSON)')),
      copy,
      h('pre', {}, ...marked(shortened(json), trans.__('A secret; not sent')))
    );
  }
}

/** Pictures are seen above; their letters would only be long. What is copied has them all. */
function shortened(json: string): string {
  return json.replace(
    /"((?:data:[a-z/]+;base64,)?[A-Za-z0-9+/]{40})[A-Za-z0-9+/]{2000,}={0,2}"/g,
    (whole, start: string) => `"${start}… (${whole.length - 2} characters)"`
  );
}

/** The text inside a provider's content: a string, or blocks of text, tool calls and their results. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') {
    return content;
  }
  if (Array.isArray(content)) {
    return content.map(textOf).join('\n\n');
  }
  if (typeof content === 'object' && content !== null) {
    const block = content as Record<string, unknown>;
    if (typeof block.text === 'string') {
      return block.text;
    }
    if (block.type === 'image' || block.type === 'image_url') {
      return '[image]';
    }
    return 'content' in block ? textOf(block.content) : JSON.stringify(block, null, 2);
  }
  return '';
}

/** The pictures inside a provider's content, as data URLs. */
export function imagesOf(content: unknown): string[] {
  if (Array.isArray(content)) {
    return content.flatMap(imagesOf);
  }
  if (typeof content !== 'object' || content === null) {
    return [];
  }
  const { type, source, image_url, content: inside } = content as Record<string, unknown>;
  let url = '';
  if (type === 'image') {
    const { media_type, data } = (source ?? {}) as Record<string, unknown>;
    url = `data:${String(media_type)};base64,${String(data)}`;
  } else if (type === 'image_url') {
    url = String(((image_url ?? {}) as Record<string, unknown>).url);
  } else {
    return imagesOf(inside);
  }
  return /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/.test(url) ? [url] : [];
}

export function receiptWidget(
  around: ISurroundings,
  api: TownieApi,
  thread: IThread,
  turn: ITurn
): MainAreaWidget {
  const widget = new MainAreaWidget({ content: new ReceiptView(around, api, thread, turn) });
  widget.id = `jupyter-townie-receipt-${turn.id}`;
  widget.title.label = around.trans.__('What was sent');
  widget.title.icon = townieIcon;
  widget.title.closable = true;
  return widget;
}
