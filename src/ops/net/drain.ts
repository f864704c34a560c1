import type { System } from '../../system.ts';

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
  sys: Pick<System, 'now' | 'sleep'>,
  countActive: () => number,
  over: AbortSignal,
): Drain {
  let askedAt: Date | undefined;
  let endsAt = Number.POSITIVE_INFINITY;
  const now = () => sys.now().getTime();
  return {
    askedAt: () => askedAt,
    grant(ms) {
      askedAt ??= sys.now();
      endsAt = Math.min(endsAt, now() + ms);
    },
    async wait() {
      while (!over.aborted && countActive() > 0 && now() < endsAt) await sys.sleep(LOOK_MS, over);
    },
  };
}
