import { expect, it } from 'vitest';
import { parseDuration } from '../src/duration.ts';

it.each([
  ['30', 30_000],
  ['0', 0],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['500ms', 500],
  ['596h', 2_145_600_000],
])('reads %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

it.each(['', 's', '-1', '1d', '1 s', '1h30m', '1e3', '.5s', 'Infinity', '600h', '30S'])(
  'refuses "%s"',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
