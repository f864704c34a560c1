import { type Moment, markMoment } from '../../moment.ts';
import type { System } from '../../system.ts';

/** Time that went by without this process. */
export interface LostTime {
  /** In words: `the machine slept 41 s`. */
  readonly what: string;
  /** Whether what was true before may have ended meanwhile. A clock that is set back ends nothing. */
  readonly isLong: boolean;
}

/** The clocks may part by this much before it means something: time services slew and step by less. */
const PARTED_MS = 3_000;
/** A look may be this late on a busy machine. */
const LATE_MS = 5_000;

/**
 * Makes what notices that time went by: each look compares the clocks with the look before, which was due
 * `everyMs` ago at most. During a sleep of the machine only the wall clock runs (clock_gettime(2), CLOCK_MONOTONIC).
 */
export function watchClocks(
  sys: Pick<System, 'now' | 'monotonic'>,
  everyMs: number,
): () => LostTime | undefined {
  let last = markMoment(sys);
  return () => {
    const before = last;
    last = markMoment(sys);
    return judgeClocks(before, last, everyMs);
  };
}

/** Decides what happened between two looks. Pure. */
export function judgeClocks(before: Moment, after: Moment, everyMs: number): LostTime | undefined {
  const ran = after.clock - before.clock;
  const parted = after.wall - before.wall - ran;
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  if (parted > PARTED_MS) {
    return { what: `the machine slept ${seconds(parted)}, or its clock was set forward`, isLong: true };
  }
  const late = ran - everyMs;
  if (late > LATE_MS) return { what: `this process stood still for ${seconds(late)}`, isLong: true };
  if (parted < -PARTED_MS) return { what: `the clock was set back by ${seconds(-parted)}`, isLong: false };
  return undefined;
}
