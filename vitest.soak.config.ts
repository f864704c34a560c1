import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// Long faults: minutes a file. One file at a time, and few tests of it, so that they do not measure each other.
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/soak/**/*.soak.ts'],
    testTimeout: 300_000,
    fileParallelism: false,
    maxConcurrency: 3,
  },
});
