import"react";import"./react-dom.global.js";const all=globalThis.ReactDOM;export default all;
export const {createPortal,createRoot,findDOMNode,flushSync,hydrate,hydrateRoot,render,unmountComponentAtNode,unstable_batchedUpdates,unstable_renderSubtreeIntoContainer,version}=all;
