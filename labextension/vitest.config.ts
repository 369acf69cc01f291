import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.spec.ts'],
    pool: 'threads',
    poolOptions: { threads: { maxThreads: 2 } },
    restoreMocks: true
  }
});
