import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    setupFiles: ['tests/browser.setup.ts'],
    include: ['tests/**/*.spec.ts'],
    pool: 'threads',
    poolOptions: { threads: { maxThreads: 2 } },
    restoreMocks: true
  }
});
