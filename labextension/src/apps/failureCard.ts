import { TranslationBundle } from '@jupyterlab/translation';
import { AppFailure, AppPackages, Frame } from '../protocol';
import { button, h, setText } from '../threads/dom';
import { installNote, packagesLine } from './packages';

export type FailureChoice = 'fix' | 'explain' | 'install' | 'halt' | 'show' | 'chat' | 'stop';

/** What Townie is doing about the failures of an app. */
export type Repairing = 'none' | 'working' | 'waiting';

export interface IFailureCardOptions {
  trans: TranslationBundle;
  /** The app's name before the count, where that does not go without saying. */
  title?: string;
  choose(choice: FailureChoice): void;
  /** Open a file of the app, by its path in the workspace. */
  openFile(path: string): void;
  /** The app's folder. */
  folder: string;
}

/** "2 errors: Try fixing", quiet, with the details folded in. Everything that the app has said is text. */
export class FailureCard {
  constructor(private _options: IFailureCardOptions) {
    const { trans } = _options;
    this._count = h('span', { class: 'jp-TownieApp-failureCount', townie: 'app-failure-count' });
    this._first = h('span', { class: 'jp-TownieApp-failureFirst' });
    this._list = h('ul', { class: 'jp-TownieApp-failureList', townie: 'app-failure-list' });
    this._note = h('p', { class: 'jp-TownieApp-failureNote', townie: 'app-failure-note' });
    this._buttons = h('span', { class: 'jp-Townie-choices' });
    this._details = h(
      'details',
      { class: 'jp-TownieApp-failureDetails' },
      h('summary', { title: trans.__('What went wrong') }, this._count, this._first),
      this._list
    );
    this.node = h(
      'div',
      {
        class: 'jp-TownieApp-failures',
        townie: 'app-failures',
        role: 'group',
        'aria-label': trans.__('Errors of the app'),
        hidden: true
      },
      h('span', { class: 'jp-Townie-live', role: 'status', 'aria-live': 'polite' }),
      this._details,
      this._buttons,
      this._note
    );
    this._live = this.node.firstElementChild as HTMLElement;
  }

  readonly node: HTMLElement;

  /** `packages` are what the app lacks, where that is the cause. */
  update(
    failures: readonly AppFailure[],
    repairing: Repairing,
    packages: AppPackages | null = null
  ): void {
    const { trans, title } = this._options;
    const shown = failures.length > 0 || repairing !== 'none';
    this.node.hidden = !shown;
    if (!shown) {
      setText(this._live, '');
      return;
    }
    this.node.dataset.state = repairing;
    // While a turn works on it, or where something else is wrong too, that comes first.
    const lacks = repairing === 'none' && failures.every(one => one.missing?.length) && packages;
    const installing = lacks ? lacks.phase === 'installing' : false;
    const count = lacks
      ? packagesLine(lacks, trans)
      : trans._n('%1 error', '%1 errors', failures.length);
    const said =
      repairing === 'working'
        ? trans.__('Townie is working on it…')
        : repairing === 'waiting'
          ? trans.__('Waits for your decision in the chat')
          : count;
    setText(this._count, title ? `${title}: ${said}` : said);
    setText(this._live, title ? `${title}: ${said}` : trans.__('The app: %1', said));
    setText(
      this._first,
      repairing !== 'none' || !failures.length
        ? ''
        : installing
          ? (packages?.output ?? '')
          : lacks
            ? ''
            : headline(telling(failures))
    );
    setText(
      this._note,
      !packages || repairing !== 'none' || packages.phase === 'installing'
        ? ''
        : packages.phase === 'failed'
          ? [packages.remedy, lastLine(packages.output)].filter(part => part).join(' ')
          : installNote(packages, trans)
    );
    this._note.hidden = !this._note.textContent;
    this._showList(failures);
    this._showButtons(repairing, packages);
  }

  private _showList(failures: readonly AppFailure[]): void {
    const key = JSON.stringify(failures.map(({ failure, count }) => [failure.id, count]));
    if (key !== this._listKey) {
      this._listKey = key;
      this._list.replaceChildren(...failures.map(failure => this._entry(failure)));
    }
  }

  private _entry(failure: AppFailure): HTMLElement {
    const { trans, openFile, folder } = this._options;
    const { summary, source } = failure.failure;
    const place = placeOf(failure);
    const file = place && inFolder(place.file, folder);
    const count = failure.count ?? 1;
    return h(
      'li',
      { class: 'jp-TownieApp-failure', townie: 'app-failure' },
      h(
        'div',
        {},
        h('b', {}, headline(failure)),
        count > 1 && h('span', { class: 'jp-TownieApp-times' }, trans.__('%1 times', count))
      ),
      failure.hint ? h('div', { class: 'jp-Townie-remedy' }, failure.hint) : null,
      h(
        'div',
        { class: 'jp-TownieApp-failureWhere' },
        failure.published
          ? trans.__('in the published app')
          : source === 'backend'
            ? trans.__('in the backend')
            : trans.__('in the page'),
        place &&
          file &&
          button({
            label: place.line ? `${file}:${place.line}` : file,
            kind: 'link',
            title: trans.__('Open this file'),
            townie: 'app-failure-place',
            click: () => openFile(`${folder}/${file}`)
          })
      ),
      summary && summary !== headline(failure)
        ? h('pre', { class: 'jp-TownieApp-failureText', tabindex: 0 }, summary)
        : null
    );
  }

  private _showButtons(repairing: Repairing, packages: AppPackages | null): void {
    const key = `${repairing} ${packages?.phase ?? ''}`;
    if (key === this._buttonsKey) {
      return;
    }
    this._buttonsKey = key;
    const { trans, choose, title } = this._options;
    const make = (choice: FailureChoice, label: string, primary = false) =>
      button({
        label,
        townie: `app-${choice}`,
        kind: primary ? 'primary' : 'plain',
        click: () => choose(choice)
      });
    const focused = this._buttons.contains(document.activeElement);
    const show = title ? [make('show', trans.__('Show'))] : [];
    this._buttons.replaceChildren(
      ...(repairing === 'none'
        ? packages?.phase === 'installing'
          ? [make('halt', trans.__('Stop')), ...show]
          : [
              ...(packages
                ? [
                    make(
                      'install',
                      packages.phase === 'failed' ? trans.__('Try again') : trans.__('Install'),
                      true
                    )
                  ]
                : []),
              make('fix', trans.__('Try fixing'), !packages),
              make('explain', trans.__('Explain')),
              ...show
            ]
        : repairing === 'working'
          ? [make('stop', trans.__('Stop')), ...(title ? show : [make('chat', trans.__('Chat'))])]
          : title
            ? show
            : [make('chat', trans.__('Chat'))])
    );
    if (focused) {
      (this._buttons.firstElementChild as HTMLElement | null)?.focus();
    }
  }

  private _count: HTMLElement;
  private _first: HTMLElement;
  private _list: HTMLElement;
  private _buttons: HTMLElement;
  private _details: HTMLElement;
  private _live: HTMLElement;
  private _listKey = '';
  private _note: HTMLElement;
  private _buttonsKey = '';
}

function headline({ failure }: AppFailure): string {
  return [failure.ename, failure.evalue]
    .filter(part => part)
    .join(': ')
    .slice(0, 300);
}

function lastLine(text = ''): string {
  return text.trim().split('\n').pop() ?? '';
}

function inFolder(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

/** The innermost place in the app's own files. */
function placeOf({ failure }: AppFailure): Frame | null {
  const own = (failure.frames ?? []).filter(frame => frame.user && frame.file !== 'cell');
  return own[own.length - 1] ?? null;
}

/** The one that says most of what is wrong: what failed in the backend, else what the browser tells the words of. */
function telling(failures: readonly AppFailure[]): AppFailure {
  const told = failures.filter(({ failure }) => !/^Script error\.?$/.test(failure.evalue));
  return told.find(({ failure }) => failure.source === 'backend') ?? told[0] ?? failures[0];
}
