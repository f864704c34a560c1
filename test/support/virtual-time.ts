import type { Clock } from '../../src/ops/ssm/clock.ts';

/** Time that passes only when a test says so. */
export interface VirtualTime {
  readonly clock: Clock;
  /** Lets `ms` milliseconds pass, and runs what is due in them. */
  pass(ms: number): void;
  /** Goes on from one thing that is due to the next until `isDone`; throws after `mostMs`. Gives the time it took. */
  passUntil(isDone: () => boolean, mostMs: number): number;
  /** Runs something later, as `clock.after` does. */
  after(ms: number, run: () => void): () => void;
  /** How many things wait for their time. */
  waiting(): number;
}

/** Makes a time of its own, at 2026-11-21T10:00:00Z. */
export function createVirtualTime(): VirtualTime {
  const began = Date.UTC(2026, 10, 21, 10);
  let now = 0;
  let count = 0;
  // A heap would be quicker; the lists of these tests are short.
  let due: { readonly at: number; readonly order: number; readonly run: () => void }[] = [];
  const after = (ms: number, run: () => void) => {
    count += 1;
    const one = { at: now + ms, order: count, run };
    const place = due.findLastIndex(({ at }) => at <= one.at) + 1;
    due.splice(place, 0, one);
    return () => {
      due = due.filter((other) => other !== one);
    };
  };
  const step = (until: number): boolean => {
    const [next] = due;
    if (next === undefined || next.at > until) return false;
    due.shift();
    now = Math.max(now, next.at);
    next.run();
    return true;
  };
  return {
    clock: {
      now: () => new Date(began + now),
      monotonic: () => now,
      after,
      soon: (run) => void after(0, run),
    },
    pass(ms) {
      const until = now + ms;
      while (step(until));
      now = until;
    },
    passUntil(isDone, mostMs) {
      const from = now;
      while (!isDone())
        if (!step(from + mostMs)) throw new Error(`not done after ${mostMs} ms, ${due.length} things wait`);
      return now - from;
    },
    after,
    waiting: () => due.length,
  };
}
