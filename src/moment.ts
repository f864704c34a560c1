import type { System } from './system.ts';

/** A point in time on both clocks of the machine: neither alone tells how long ago it was. */
export interface Moment {
  readonly wall: number;
  readonly clock: number;
}

type Clocks = Pick<System, 'now' | 'monotonic'>;

/** Notes this moment. */
export function markMoment(sys: Clocks): Moment {
  return { wall: sys.now().getTime(), clock: sys.monotonic() };
}

/**
 * Gives the milliseconds since a moment, never fewer than none: the wall clock knows of the time that the machine
 * slept, the other one does not care when somebody sets the clock back.
 */
export function ageOf(sys: Clocks, moment: Moment): number {
  return Math.max(sys.now().getTime() - moment.wall, sys.monotonic() - moment.clock);
}

/** Gives the date of a moment, by the wall clock as it is set now: never in the future. */
export function dateOf(sys: Clocks, moment: Moment): Date {
  return new Date(sys.now().getTime() - ageOf(sys, moment));
}
