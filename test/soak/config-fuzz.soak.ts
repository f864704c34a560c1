import { test } from 'vitest';
import { fuzzConfig } from '../config/fuzz.ts';

test.each([20_261_121, 7, 99_991])(
  '5000 mutations of a valid config, seed %i, load or end as a HotpassError of one line',
  (seed) => fuzzConfig(5_000, seed),
);
