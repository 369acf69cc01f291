// jsdom has no drag and drop, which JupyterLab's packages look for when they are loaded.
globalThis.DragEvent ??= class extends MouseEvent {} as unknown as typeof DragEvent;

// ... and no media queries, which the components of their buttons ask.
window.matchMedia ??= media =>
  Object.assign(new EventTarget(), { media, matches: false }) as MediaQueryList;
