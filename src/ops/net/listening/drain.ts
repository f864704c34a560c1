import { dateOf, type Moment, markMoment } from '../../../moment.ts';
import type { System } from '../../../system.ts';

/** How a session that was told to end lets its clients finish. */
export interface Drain {
  /** When the session was first told to end; undefined as long as it was not. */
  askedAt(): Date | undefined;
  /** Grants clients this many milliseconds from now, or less where somebody granted less before. */
  grant(ms: number): void;
  /** Resolves when no client is left, the time is over, or the session is torn down. */
  wait(): Promise<void>;
}

const LOOK_MS = 50;

/** Makes the drain of one session. */
export function createDrain(
  sys: Pick<System, 'now' | 'monotonic' | 'sleep'>,
  countActive: () => number,
  over: AbortSignal,
): Drain {
  let asked: Moment | undefined;
  let endsAt = Number.POSITIVE_INFINITY;
  return {
    askedAt: () => (asked === undefined ? undefined : dateOf(sys, asked)),
    grant(ms) {
      asked ??= markMoment(sys);
      endsAt = Math.min(endsAt, sys.monotonic() + ms);
    },
    async wait() {
      while (!over.aborted && countActive() > 0 && sys.monotonic() < endsAt) await sys.sleep(LOOK_MS, over);
    },
  };
}
