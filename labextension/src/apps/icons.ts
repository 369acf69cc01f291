import { LabIcon } from '@jupyterlab/ui-components';

/** A window with a house in it: an app that Townie made. */
export const appIcon = new LabIcon({
  name: 'townie:app',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd"
    d="M4 3h16a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm0 5v11h16V8H4Zm1-3.2a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8Zm3 0a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8ZM12 9.6l4.6 3.9-.9 1-.7-.6V17h-6v-3.1l-.7.6-.9-1L12 9.6Z"/>
</svg>`
});

export const publishIcon = new LabIcon({
  name: 'townie:publish',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161"
    d="M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm6.9 6h-3a15.600 15.600 0 0 0-1.400-3.600A8 8 0 0 1 18.900 8ZM12 4c.8 1.200 1.500 2.500 1.900 4h-3.800c.4-1.500 1.100-2.800 1.900-4ZM4.300 14a8.200 8.200 0 0 1 0-4h3.400a16.500 16.500 0 0 0 0 4H4.300Zm.8 2h3c.3 1.300.8 2.500 1.400 3.600A8 8 0 0 1 5.100 16Zm3-8h-3a8 8 0 0 1 4.400-3.600A15.600 15.600 0 0 0 8.100 8ZM12 20c-.8-1.200-1.500-2.500-1.900-4h3.800c-.4 1.500-1.100 2.800-1.900 4Zm2.300-6H9.700a14.700 14.700 0 0 1 0-4h4.700a14.700 14.700 0 0 1 0 4Zm.3 5.600c.6-1.100 1-2.300 1.400-3.600h3a8 8 0 0 1-4.400 3.600Zm1.800-5.600a16.500 16.500 0 0 0 0-4h3.400a8.200 8.200 0 0 1 0 4h-3.400Z"/>
</svg>`
});

export const openTabIcon = new LabIcon({
  name: 'townie:open-tab',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161"
    d="M13 3h8v8h-2V6.4l-8.3 8.3-1.4-1.4L17.6 5H13V3ZM5 5h5v2H5v12h12v-5h2v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7c0-1.1.9-2 2-2Z"/>
</svg>`
});
