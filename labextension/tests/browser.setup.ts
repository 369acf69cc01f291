// jsdom has no drag and drop, which JupyterLab's packages look for when they are loaded.
globalThis.DragEvent ??= class extends MouseEvent {} as unknown as typeof DragEvent;
