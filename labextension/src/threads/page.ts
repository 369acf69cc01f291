import { UUID } from '@lumino/coreutils';

const KEY = 'jupyter-townie:page';

/**
 * The id of this tab, kept over reloads.
 *
 * Duplicating a tab copies its session storage, so the id lies there only while the page is away: a copy finds
 * nothing and makes an id of its own.
 */
export function pageId(storage: Storage = window.sessionStorage): string {
  const id = storage.getItem(KEY) ?? UUID.uuid4();
  storage.removeItem(KEY);
  window.addEventListener('pagehide', () => storage.setItem(KEY, id));
  window.addEventListener('pageshow', event => {
    if (event.persisted) {
      storage.removeItem(KEY);
    }
  });
  return id;
}
