import { TranslationBundle } from '@jupyterlab/translation';
import { URLExt } from '@jupyterlab/coreutils';
import { AppInfo, AppPublication } from '../protocol';
import { button, h } from '../threads/dom';
import { AppsApi } from './api';
import { stateLine } from './cover';
import { kindName } from './kinds';
import { pictureView } from './pictures';

export interface IGalleryActions {
  open(info: AppInfo): void;
  rename(info: AppInfo): void;
  remove(info: AppInfo, element: HTMLButtonElement): void;
  /** End what is published of an app that is gone. */
  end(one: AppPublication, element: HTMLButtonElement): void;
}

/** A card of the list: how the app looks, how it stands, and what can be done with it. */
export function appCard(
  info: AppInfo,
  api: AppsApi,
  actions: IGalleryActions,
  trans: TranslationBundle
): HTMLElement {
  const { text, tone } = stateLine(info, true, false, trans);
  const failures = info.failures ?? 0;
  const state = [
    kindName(info.kind, trans),
    text,
    failures ? trans._n('%1 error', '%1 errors', failures) : ''
  ];
  return h(
    'li',
    { class: 'jp-TownieApps-card', townie: 'app-item', 'data-app': info.id },
    h(
      'button',
      {
        type: 'button',
        class: 'jp-TownieApps-item',
        townie: 'app-item-open',
        onclick: () => actions.open(info),
        title: info.path
      },
      pictureView(api, info.id, info.picture),
      h('span', { class: 'jp-TownieApps-title' }, info.title),
      h(
        'span',
        { class: 'jp-TownieApp-note', 'data-tone': failures ? 'bad' : tone },
        state.filter(part => part).join(' · ')
      ),
      h('span', { class: 'jp-TownieApp-note' }, info.path)
    ),
    h(
      'div',
      { class: 'jp-TownieApps-actions' },
      info.published ? published(URLExt.join(api.settings.baseUrl, info.published), trans) : null,
      button({
        label: trans.__('Rename…'),
        kind: 'link',
        townie: 'app-rename',
        click: () => actions.rename(info)
      }),
      button({
        label: trans.__('Delete'),
        title: trans.__('Move %1 out of the workspace; it can be had back', info.path),
        kind: 'link',
        townie: 'app-delete',
        click: element => actions.remove(info, element)
      })
    )
  );
}

/** What is still published of an app that is not in the workspace any more. */
export function orphanCard(
  one: AppPublication,
  api: AppsApi,
  actions: IGalleryActions,
  trans: TranslationBundle
): HTMLElement {
  return h(
    'li',
    { class: 'jp-TownieApps-card', townie: 'app-orphan', 'data-publication': one.id },
    h(
      'div',
      { class: 'jp-TownieApps-item' },
      pictureView(api, '', null),
      h('span', { class: 'jp-TownieApps-title' }, one.title),
      h('span', { class: 'jp-TownieApp-note' }, trans.__('Was published from %1', one.source))
    ),
    h(
      'div',
      { class: 'jp-TownieApps-actions' },
      published(one.view, trans),
      button({
        label: trans.__('Unpublish'),
        title: trans.__('Its address stops working at once, and for good'),
        kind: 'link',
        townie: 'app-orphan-end',
        click: element => actions.end(one, element)
      })
    )
  );
}

function published(address: string, trans: TranslationBundle): HTMLElement {
  return h(
    'a',
    {
      class: 'jp-TownieApps-published',
      href: address,
      target: '_blank',
      rel: 'noopener noreferrer',
      townie: 'app-published',
      title: trans.__('Open what is published')
    },
    trans.__('Published')
  );
}
