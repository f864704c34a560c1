import type { System } from '../../../system.ts';

/** Time as a channel's layers see it: tests pass their own and need none. */
export interface Clock extends Pick<System, 'now' | 'monotonic'> {
  /** Runs something after `ms` milliseconds; what comes back calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Runs something when what came in at this moment has been handled. */
  soon(run: () => void): void;
}

/** Makes the clock of this machine. */
export function createClock(sys: Pick<System, 'now' | 'monotonic'>): Clock {
  return {
    now: () => sys.now(),
    monotonic: () => sys.monotonic(),
    after(ms, run) {
      const timer = setTimeout(run, Math.ceil(ms));
      return () => clearTimeout(timer);
    },
    soon: (run) => void setImmediate(run),
  };
}
