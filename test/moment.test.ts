import { expect, it } from 'vitest';
import { ageOf, dateOf, markMoment } from '../src/moment.ts';

const START = Date.parse('2026-01-01T12:00:00.000Z');

function makeClocks() {
  let [wall, clock] = [START, 7];
  return {
    now: () => new Date(wall),
    monotonic: () => clock,
    pass(wallMs: number, clockMs: number) {
      wall += wallMs;
      clock += clockMs;
    },
  };
}

it.each([
  ['time passes', 60_000, 60_000, 60_000, '2026-01-01T12:00:00.000Z'],
  ['the machine slept', 60_000, 1_000, 60_000, '2026-01-01T12:00:00.000Z'],
  ['the clock was set back', -3_540_000, 60_000, 60_000, '2026-01-01T11:00:00.000Z'],
  ['the clock was set back a moment ago', -3_600_000, 0, 0, '2026-01-01T11:00:00.000Z'],
])('a moment is as old as it must be when %s', (_, wallMs, clockMs, age, date) => {
  const clocks = makeClocks();
  const moment = markMoment(clocks);
  clocks.pass(wallMs, clockMs);
  expect(ageOf(clocks, moment)).toBe(age);
  expect(dateOf(clocks, moment).toISOString()).toBe(date);
});
