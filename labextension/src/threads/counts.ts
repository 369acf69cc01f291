import { h } from './dom';
import { ICounts } from './changes';
import { ISurroundings } from './surroundings';

/** "+12 −3" for the eye, "12 lines added, 3 removed" for the ear. */
export function countsView({ trans }: ISurroundings, { added, removed }: ICounts): HTMLElement {
  const node = h('span', { class: 'jp-Townie-counts', townie: 'counts' });
  if (added || removed) {
    node.setAttribute('role', 'img');
    node.setAttribute(
      'aria-label',
      trans._n('%1 line added, %2 removed', '%1 lines added, %2 removed', added, removed)
    );
    node.append(
      h('span', { class: 'jp-Townie-added' }, `+${added}`),
      ' ',
      h('span', { class: 'jp-Townie-removed' }, `−${removed}`)
    );
  }
  return node;
}
