import { AppPublication, AppPublishing } from '../protocol';
import { asProblem } from '../threads/api';
import { button, h, setText } from '../threads/dom';
import { problemView } from '../threads/problem';
import { openDialog } from './dialog';
import { IPublishOptions } from './publishButton';

type Audience = AppPublication['audience'];

export interface IPublishDialogOptions extends IPublishOptions {
  changed(state: AppPublishing): void;
}

/** What is published, for whom, and where. */
export function openPublishDialog(options: IPublishDialogOptions): void {
  const view = new PublishView(options);
  const { app, trans } = options;
  openDialog({
    title: trans.__('Publish “%1”', app.info.title),
    townie: 'publish-dialog',
    body: view.node,
    trans
  });
  void view.read();
}

class PublishView {
  constructor(private _options: IPublishDialogOptions) {
    this._content = h('div', {}, _options.trans.__('One moment…'));
    this._said = h('div', {
      class: 'jp-TownieApp-publishSaid',
      role: 'status',
      townie: 'publish-said'
    });
    this.node = h('div', { class: 'jp-TownieApp-publishing' }, this._content, this._said);
  }

  readonly node: HTMLElement;

  async read(): Promise<void> {
    await this._do(this._options.api.publication(this._options.app.id), '');
  }

  /** Wait for an answer; meanwhile nothing else can be pressed. */
  private async _do(work: Promise<AppPublishing>, done: string): Promise<void> {
    const controls = Array.from(
      this._content.querySelectorAll<HTMLButtonElement | HTMLInputElement>('button, input')
    ).filter(control => !control.disabled);
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    const name = focused?.dataset.townie;
    controls.forEach(control => (control.disabled = true));
    try {
      const state = await work;
      this._options.changed(state);
      this._show(state);
      setText(this._said, done);
      const next = name && this.node.querySelector<HTMLElement>(`[data-townie="${name}"]`);
      (next || this.node.querySelector<HTMLElement>('input, button'))?.focus();
    } catch (error) {
      controls.forEach(control => (control.disabled = false));
      this._said.replaceChildren(problemView(asProblem(error), 'error'));
      focused?.focus();
    }
  }

  private _show(state: AppPublishing): void {
    this._audience = state.publication?.audience ?? this._audience;
    this._content.replaceChildren(
      ...(state.publication ? this._published(state, state.publication) : this._new(state))
    );
  }

  private _new(state: AppPublishing): HTMLElement[] {
    const { trans, app, api } = this._options;
    if (state.refusal) {
      return [problemView(state.refusal, 'info')];
    }
    const data = h('input', { type: 'checkbox', townie: 'publish-data' });
    const choices: (HTMLElement | null)[] = [
      h(
        'p',
        {},
        trans.__(
          'A copy of the app as it is now gets an address of its own. What you change later shows there when you update it.'
        ),
        ' ',
        state.kept_data
          ? trans.__('It goes on with the data of when it was published before.')
          : trans.__(
              'Its data are its own: what visitors enter there stays apart from your preview.'
            )
      ),
      this._choice(state, audience => (this._audience = audience)),
      state.has_data && !state.kept_data
        ? h(
            'label',
            { class: 'jp-TownieApp-option' },
            data,
            h(
              'span',
              {},
              trans.__('Begin with a copy of the preview’s data'),
              h(
                'span',
                { class: 'jp-TownieApp-note' },
                trans.__('Visitors see what the app shows of them. Otherwise it begins with none.')
              )
            )
          )
        : null,
      this._warning(),
      h(
        'div',
        { class: 'jp-Townie-choices' },
        button({
          label: trans.__('Publish'),
          kind: 'primary',
          townie: 'publish-now',
          click: () => {
            setText(this._said, trans.__('Copying it, and starting it once…'));
            void this._do(
              api.publish(app.id, { audience: this._audience, with_data: data.checked }),
              trans.__('It is published.')
            );
          }
        })
      )
    ];
    return choices.filter(element => element !== null);
  }

  private _published(state: AppPublishing, one: AppPublication): HTMLElement[] {
    const { trans, app, api } = this._options;
    const address = new URL(one.view, window.location.origin).href;
    const field = h('input', {
      class: 'jp-TownieApp-field',
      townie: 'publish-address',
      type: 'text',
      readonly: true,
      value: address,
      'aria-label': trans.__('Address of the published app'),
      onfocus: () => field.select()
    });
    const files = one.changed ?? [];
    const when = new Date(one.updated * 1000).toLocaleString(undefined, {
      dateStyle: 'medium',
      timeStyle: 'short'
    });
    const named = files.slice(0, 4).join(', ') + (files.length > 4 ? ', …' : '');
    const since = files.length
      ? trans._n('%1 file changed since: %2', '%1 files changed since: %2', files.length, named)
      : trans.__('nothing changed since');
    const parts: (HTMLElement | null)[] = [
      h(
        'div',
        { class: 'jp-TownieApp-address' },
        field,
        button({
          label: trans.__('Copy'),
          townie: 'publish-copy',
          click: () => void this._copy(field)
        }),
        h(
          'a',
          {
            class: 'jp-Townie-button',
            href: address,
            target: '_blank',
            rel: 'noopener noreferrer',
            townie: 'publish-open'
          },
          trans.__('Open')
        )
      ),
      h('p', { townie: 'publish-state' }, trans.__('As of %1; %2.', when, since)),
      isLocal(address)
        ? h(
            'p',
            { class: 'jp-TownieApp-note', townie: 'publish-local' },
            trans.__(
              'You have opened Jupyter by an address of this computer alone. For others, put in front the name by which they reach it.'
            )
          )
        : null,
      one.phase === 'failed'
        ? problemView(
            {
              code: 'failed',
              message: trans.__('It does not run at present. %1', one.message ?? ''),
              remedy: trans.__('Update it once the app runs again.')
            },
            'warning'
          )
        : null,
      this._choice(state, audience => {
        void this._do(
          api.setAudience(app.id, audience),
          audience === 'anyone'
            ? trans.__('Whoever has the address can visit it now.')
            : trans.__('Only who signs in can visit it now.')
        );
      }),
      one.open === false
        ? problemView(
            {
              code: 'anonymous',
              message: trans.__(
                'This server does not allow visitors who are not signed in any more.'
              )
            },
            'warning'
          )
        : null,
      this._warning(),
      state.refusal && files.length ? problemView(state.refusal, 'info') : null,
      h(
        'div',
        { class: 'jp-Townie-choices' },
        state.refusal
          ? null
          : button({
              label: trans.__('Update'),
              title: trans.__('Publish the app as it is now; the published data stay'),
              kind: files.length ? 'primary' : 'plain',
              townie: 'publish-update',
              click: () => {
                setText(this._said, trans.__('Copying it, and starting it once…'));
                void this._do(
                  api.publish(app.id, { audience: one.audience }),
                  trans.__('It is up to date. Its data are as they were.')
                );
              }
            }),
        button({
          label: trans.__('Unpublish…'),
          townie: 'publish-end',
          click: element => this._ending(element)
        })
      )
    ];
    return parts.filter(element => element !== null);
  }

  private _choice(state: AppPublishing, choose: (audience: Audience) => void): HTMLElement {
    const { trans } = this._options;
    const option = (audience: Audience, label: string, note: string, disabled: boolean) =>
      h(
        'label',
        { class: 'jp-TownieApp-option' },
        h('input', {
          type: 'radio',
          name: 'jp-TownieApp-audience',
          townie: `publish-${audience}`,
          value: audience,
          checked: this._audience === audience,
          disabled,
          onchange: () => choose(audience)
        }),
        h('span', {}, label, h('span', { class: 'jp-TownieApp-note' }, note))
      );
    return h(
      'fieldset',
      { class: 'jp-TownieApp-audience' },
      h('legend', {}, trans.__('Who can visit it')),
      option(
        'signed_in',
        trans.__('People who can sign in to this server'),
        trans.__('With JupyterHub: those whom you share the server with.'),
        false
      ),
      option(
        'anyone',
        trans.__('Anyone who has the address'),
        state.anonymous
          ? trans.__('They need not sign in, and can enter whatever the app lets them.')
          : trans.__('Not allowed on this server; its administrator can change that.'),
        !state.anonymous && state.publication?.audience !== 'anyone'
      )
    );
  }

  /** What visitors can spend or reach by it. */
  private _warning(): HTMLElement | null {
    const { trans, app } = this._options;
    const asks = app.info.asks ?? [];
    const notes = [
      asks.length
        ? trans.__(
            'You have allowed it to %1. For its visitors it does the same, in your name.',
            asks.join(trans.__(', and to '))
          )
        : '',
      app.info.backend
        ? ''
        : trans.__('Whatever its page can do with its data, a visitor can do with all of them.')
    ].filter(note => note);
    return notes.length
      ? h('p', { class: 'jp-TownieApp-note', townie: 'publish-note' }, notes.join(' '))
      : null;
  }

  private _ending(element: HTMLButtonElement): void {
    const { trans, app, api } = this._options;
    const data = h('input', { type: 'checkbox', townie: 'publish-delete-data' });
    const question = h(
      'div',
      { class: 'jp-TownieApp-ending', role: 'group', 'aria-label': trans.__('Unpublish') },
      h(
        'p',
        {},
        trans.__(
          'Its address stops working at once, and for good: another time it gets a new one. Its data are kept for that.'
        )
      ),
      h(
        'label',
        { class: 'jp-TownieApp-option' },
        data,
        h('span', {}, trans.__('Delete its data, too'))
      ),
      h(
        'div',
        { class: 'jp-Townie-choices' },
        button({
          label: trans.__('Unpublish'),
          kind: 'danger',
          townie: 'publish-end-now',
          click: () =>
            void this._do(
              api.unpublish(app.id, data.checked),
              trans.__('It is not published any more.')
            )
        }),
        button({
          label: trans.__('Keep it'),
          townie: 'publish-keep',
          click: () => {
            question.remove();
            element.hidden = false;
            element.focus();
          }
        })
      )
    );
    element.hidden = true;
    setText(this._said, '');
    this._content.append(question);
    question.querySelector<HTMLElement>('[data-townie="publish-end-now"]')?.focus();
  }

  private async _copy(field: HTMLInputElement): Promise<void> {
    const { trans } = this._options;
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      setText(this._said, trans.__('The address is copied.'));
    } catch {
      // Without HTTPS there is no clipboard; the address is selected.
      setText(this._said, trans.__('Press Ctrl+C to copy the address.'));
    }
  }

  private _content: HTMLElement;
  private _said: HTMLElement;
  private _audience: Audience = 'signed_in';
}

/** Whether an address leads every computer to itself. */
function isLocal(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
