import { DocumentChange, RestorePreview } from '../protocol';
import { Goal } from './api';
import { countsView } from './counts';
import { DiffView } from './diffview';
import { button, h } from './dom';
import { documentName, ISurroundings } from './surroundings';

export interface IRestoreCard {
  /** Whether an answer in progress is stopped by it. */
  stops: boolean;
  decided(confirmed: boolean): void;
}

let cards = 0;

/** What going back will change, document by document, before it is done. */
export class RestoreCard {
  constructor(
    private _around: ISurroundings,
    goal: Goal,
    preview: RestorePreview,
    options: IRestoreCard
  ) {
    const { trans } = _around;
    const title = {
      undo: trans.__('Undo this answer'),
      before: trans.__('Restore to before this message'),
      after: trans.__('Restore to here')
    }[goal];
    const id = `jp-townie-restore-${++cards}`;
    const changing = preview.documents.filter(document => document.effect !== 'none');
    const uncertain = changing.filter(document => document.certain === false);
    const turns = preview.turns.length;
    const summary = changing.length
      ? goal === 'undo'
        ? trans.__('This is what changes:')
        : trans._n(
            '%1 answer is undone. This is what changes:',
            '%1 answers are undone. This is what changes:',
            turns,
            turns
          )
      : preview.documents.some(document => document.certain === false)
        ? trans.__('Nothing can be undone now:')
        : trans.__('There is nothing left to undo.');
    this.node = h(
      'section',
      {
        class: 'jp-Townie-restore',
        townie: 'restore-preview',
        role: 'dialog',
        'aria-labelledby': id,
        'aria-describedby': `${id}-summary`,
        tabindex: -1
      },
      h('h3', { class: 'jp-Townie-restoreTitle', id }, title),
      h('p', { id: `${id}-summary`, townie: 'restore-summary' }, summary),
      h(
        'ul',
        { class: 'jp-Townie-changeRows' },
        ...preview.documents.map(document => this._row(document))
      ),
      uncertain.length > 0 &&
        h(
          'p',
          { class: 'jp-Townie-restoreKept', townie: 'restore-kept' },
          trans._n(
            'Your newer edits are kept: one of these becomes a change for you to decide on.',
            'Your newer edits are kept: %1 of these become changes for you to decide on.',
            uncertain.length,
            uncertain.length
          )
        ),
      options.stops &&
        h('p', { class: 'jp-Townie-restoreKept' }, trans.__('The answer in progress is stopped.')),
      h(
        'div',
        { class: 'jp-Townie-choices' },
        changing.length > 0 &&
          button({
            label: goal === 'undo' ? trans.__('Undo') : trans.__('Restore'),
            kind: 'primary',
            townie: 'restore-confirm',
            click: () => options.decided(true)
          }),
        button({
          label: changing.length ? trans.__('Cancel') : trans.__('Close'),
          townie: 'restore-cancel',
          click: () => options.decided(false)
        })
      )
    );
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopPropagation();
        options.decided(false);
      }
    });
  }

  readonly node: HTMLElement;

  private _row(document: DocumentChange): HTMLElement {
    const { trans } = this._around;
    const { path, cell_id, effect, certain, before, after, message } = document;
    const name = documentName(this._around, path, cell_id, before ?? after);
    const told = {
      remove: trans.__('goes away'),
      bring_back: trans.__('comes back'),
      change: trans.__('changes back'),
      none: trans.__('stays as it is')
    }[effect];
    const uncertain = certain === false && effect !== 'none';
    const row = h('li', {
      class: 'jp-Townie-change jp-Townie-restoreRow',
      townie: 'restore-document',
      'data-effect': effect,
      'data-certain': String(certain !== false)
    });
    if (effect === 'none') {
      row.append(h('span', { class: 'jp-Townie-restoreName' }, name));
    } else {
      row.append(this._toggle(row, name, before ?? '', after ?? ''));
    }
    row.append(
      countsView(this._around, { added: document.added ?? 0, removed: document.removed ?? 0 }),
      h(
        'span',
        { class: 'jp-Townie-changeState', title: path },
        uncertain ? trans.__('for you to decide') : told
      )
    );
    if (message) {
      row.append(h('span', { class: 'jp-Townie-changeMessage' }, message));
    }
    return row;
  }

  /** The name of a document, which shows and hides what will change in it. */
  private _toggle(row: HTMLElement, name: string, before: string, after: string): HTMLElement {
    const { trans } = this._around;
    let diff: DiffView | null = null;
    const toggle = button({
      label: name,
      kind: 'link',
      townie: 'restore-diff',
      title: trans.__('Show what changes in %1', name),
      click: element => {
        if (!diff) {
          diff = new DiffView(this._around, trans.__('What changes in %1', name));
          diff.update({ before, after });
          row.append(diff.node);
        } else {
          diff.node.hidden = !diff.node.hidden;
        }
        element.setAttribute('aria-expanded', String(!diff.node.hidden));
      }
    });
    toggle.classList.add('jp-Townie-disclosure');
    toggle.setAttribute('aria-expanded', 'false');
    return toggle;
  }
}
