import { test } from 'vitest';
import { fuzzConfig } from './fuzz.ts';

test('400 mutations of a valid config load or end as a HotpassError of one line', () =>
  fuzzConfig(400, 20_261_121));
