import { LabIcon } from '@jupyterlab/ui-components';

/** A window with a house in it: an app that Townie made. */
export const appIcon = new LabIcon({
  name: 'townie:app',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd"
    d="M4 3h16a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm0 5v11h16V8H4Zm1-3.2a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8Zm3 0a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8ZM12 9.6l4.6 3.9-.9 1-.7-.6V17h-6v-3.1l-.7.6-.9-1L12 9.6Z"/>
</svg>`
});

export const openTabIcon = new LabIcon({
  name: 'townie:open-tab',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161"
    d="M13 3h8v8h-2V6.4l-8.3 8.3-1.4-1.4L17.6 5H13V3ZM5 5h5v2H5v12h12v-5h2v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7c0-1.1.9-2 2-2Z"/>
</svg>`
});
