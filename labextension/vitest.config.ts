import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/browser.setup.ts'],
    include: ['tests/**/*.spec.ts'],
    // @jupyter/ydoc reads its types before they are part of a document, each time with a warning of yjs.
    onConsoleLog: log => !/Add Yjs type to a document|yjs#509/.test(log),
    // They import modules without the endings that Node.js wants.
    server: { deps: { inline: [/@jupyter\/web-components/, /@jupyterlab\/ui-components/] } },
    pool: 'threads',
    poolOptions: { threads: { maxThreads: 2 } },
    restoreMocks: true,
    // A machine that others use, too, may take many times as long as a quiet one.
    testTimeout: 30_000
  }
});
