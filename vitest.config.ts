import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { HOTPASS_VERSION: '"0.0.0-test"' },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build.ts'],
    sequence: { shuffle: true },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for processes: more workers than vitest's own one on a machine of two cores.
    maxWorkers: 3,
  },
});
