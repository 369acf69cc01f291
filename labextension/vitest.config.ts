import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/browser.setup.ts'],
    include: ['tests/**/*.spec.ts'],
    // @jupyter/ydoc reads its types before they are part of a document, each time with a warning of yjs.
    onConsoleLog: log => !/Add Yjs type to a document|yjs#509/.test(log),
    pool: 'threads',
    poolOptions: { threads: { maxThreads: 2 } },
    restoreMocks: true
  }
});
