import { expect, it } from 'vitest';
import { complaintsOf, isStarved, renderDelays, renderMatrix } from './confusion.ts';
import type { Grade, Judged, Truth, Word } from './judge-looks.ts';

const look = (truth: Word, word: Word, grade: Grade, began: number, ms = 100): Judged => ({
  truth,
  word,
  grade,
  began,
  ended: began + ms,
});
const truths: Truth[] = [
  { from: 0, word: 'ready', withinMs: 1_000 },
  { from: 10_000, word: 'degraded', withinMs: 2_000 },
  { from: 21_000, cause: 20_000, word: 'ready', withinMs: 1_000 },
];
const judged = [
  look('ready', 'ready', 'right', 5_000),
  look('ready', 'ready', 'right', 9_000),
  look('degraded', 'ready', 'in-time', 10_500),
  look('degraded', 'ready', 'flattering', 12_500),
  look('degraded', 'degraded', 'right', 12_900),
  look('ready', 'degraded', 'late', 24_000, 5_000),
  look('ready', 'ready', 'right', 29_500),
];
const report = { fault: 'service down', truths, judged, problems: [], lateMs: 20 };

it('counts what was said in each true state', () => {
  expect(renderMatrix(judged)).toBe(
    [
      'true \\ said  starting  ready  degraded  reconnecting  needs-login  failed  stopped  elsewhere  nothing  error',
      'ready        .         3      1!        .             .            .       .        .          .        .',
      'degraded     .         1~ 1!  1         .             .            .       .        .          .        .',
    ].join('\n'),
  );
});

it('names what is better than the truth first, and looks that took long', () => {
  expect(complaintsOf(report)).toEqual([
    'service down: BETTER THAN THE TRUTH: said ready, was degraded for 2.6 s',
    'service down: wrong: said degraded, was ready for 8.0 s',
    'service down: a look took 5.0 s, said degraded, was ready for 8.0 s',
  ]);
});

it('says how long it took from the fault to the word, and from the heal to ready', () => {
  expect(renderDelays([report])).toBe(
    [
      'fault         looks  wrong  true state  told after  served after heal  ready after heal',
      'service down  7      2      degraded    3.0 s       1.0 s              9.6 s',
    ].join('\n'),
  );
});

it('has no complaint about a report in which everything was right or in time', () => {
  expect(complaintsOf({ ...report, judged: judged.slice(0, 3) })).toEqual([]);
});

it('is starved when the test was late, or looks crawl that wait for nobody', () => {
  const isStarvedBy = (...looks: Judged[]) => isStarved({ judged: looks, lateMs: 300 });
  expect(isStarvedBy(look('ready', 'ready', 'right', 5_000, 1_400))).toBe(false);
  expect(isStarvedBy(look('ready', 'ready', 'right', 5_000, 1_600))).toBe(true);
  expect(isStarvedBy(look('needs-login', 'failed', 'late', 5_000, 2_600))).toBe(true);
  // One may wait for a service, one for a process that is stopped.
  expect(isStarvedBy(look('degraded', 'degraded', 'right', 5_000, 2_000))).toBe(false);
  expect(isStarvedBy(look('failed', 'failed', 'right', 5_000, 3_500))).toBe(false);
  expect(isStarved({ judged: [], lateMs: 500 })).toBe(true);
});
