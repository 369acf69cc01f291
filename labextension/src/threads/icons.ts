import { LabIcon } from '@jupyterlab/ui-components';

/** The mark of Townie: a small house with a speech mark for a door. */
export const townieIcon = new LabIcon({
  name: 'townie:mark',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd"
    d="M12 2.6 2.5 10.2l1.2 1.5L5 10.7V19a2 2 0 0 0 2 2h2.2l2.8-3.4 2.8 3.4H17a2 2 0 0 0 2-2v-8.3l1.3 1 1.2-1.5L12 2.6ZM9 12.2a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4Zm6 0a1.2 1.2 0 1 1 0 2.4 1.2 1.2 0 0 1 0-2.4Z"/>
</svg>`
});

export const sendIcon = new LabIcon({
  name: 'townie:send',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon-townie-send" fill="currentColor" d="M12 4.2 5.2 11l1.5 1.5 4.2-4.2V20h2.2V8.3l4.2 4.2 1.5-1.5L12 4.2Z"/>
</svg>`
});
