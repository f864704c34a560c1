import { describe, expect, it } from 'vitest';
import { judgeClocks, watchClocks } from '../../../src/ops/supervisor/lost-time.ts';

const EVERY_MS = 5_000;
const judge = (wall: number, clock: number) =>
  judgeClocks({ wall: 1_000_000, clock: 50 }, { wall: 1_000_000 + wall, clock: 50 + clock }, EVERY_MS);

describe('judgeClocks', () => {
  it.each([
    ['a look in time', 5_000, 5_000],
    ['a look ahead of its time', 20, 20],
    ['a busy machine', 9_500, 9_500],
    ['a clock that is set right by a little', 7_900, 5_000],
    ['a clock that is set right by a little, back', 2_100, 5_000],
  ])('says nothing of %s', (_, wall, clock) => {
    expect(judge(wall, clock)).toBeUndefined();
  });

  it.each([
    [46_000, 5_000, { what: 'the machine slept 41 s, or its clock was set forward', isLong: true }],
    [8 * 3_600_000, 10, { what: 'the machine slept 28800 s, or its clock was set forward', isLong: true }],
    [46_000, 46_000, { what: 'this process stood still for 41 s', isLong: true }],
    [-3_595_000, 5_000, { what: 'the clock was set back by 3600 s', isLong: false }],
    [-3_554_000, 46_000, { what: 'this process stood still for 41 s', isLong: true }],
  ])('wall clock %i ms on, the other %i ms', (wall, clock, said) => {
    expect(judge(wall, clock)).toEqual(said);
  });
});

it('a watch tells of each loss once', () => {
  let [wall, clock] = [0, 0];
  const look = watchClocks({ now: () => new Date(wall), monotonic: () => clock }, EVERY_MS);
  wall += 46_000;
  clock += 5_000;
  expect(look()?.isLong).toBe(true);
  expect(look()).toBeUndefined();
  wall += 5_000;
  clock += 5_000;
  expect(look()).toBeUndefined();
});
