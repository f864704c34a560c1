import type { Clock } from '../../src/ops/ssm/delivery/clock.ts';

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

interface Due {
  readonly at: number;
  readonly order: number;
  /** undefined once it has run, or was called off. */
  run: (() => void) | undefined;
}

/** Makes a time of its own, at 2026-11-21T10:00:00Z. */
export function createVirtualTime(): VirtualTime {
  const began = Date.UTC(2026, 10, 21, 10);
  let now = 0;
  let count = 0;
  const due = createHeap();
  const after = (ms: number, run: () => void) => {
    count += 1;
    const one: Due = { at: now + ms, order: count, run };
    due.push(one);
    return () => {
      if (one.run !== undefined) due.called();
      one.run = undefined;
    };
  };
  const step = (until: number): boolean => {
    const next = due.takeUntil(until);
    if (next === undefined) return false;
    now = Math.max(now, next.at);
    const { run } = next;
    next.run = undefined;
    run?.();
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
        if (!step(from + mostMs)) throw new Error(`not done after ${mostMs} ms, ${due.size()} things wait`);
      return now - from;
    },
    after,
    waiting: due.size,
  };
}

/** What is due, the soonest first; a list in order would make long transfers slow. */
function createHeap() {
  const all: Due[] = [];
  let calledOff = 0;
  const isBefore = (one: Due | undefined, other: Due | undefined) =>
    one !== undefined &&
    (other === undefined || one.at < other.at || (one.at === other.at && one.order < other.order));
  const swap = (one: number, other: number) => {
    const [first, second] = [all[one], all[other]];
    if (first === undefined || second === undefined) return;
    all[one] = second;
    all[other] = first;
  };
  const takeFirst = (): Due | undefined => {
    const [first] = all;
    swap(0, all.length - 1);
    all.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const least = isBefore(all[right], all[left]) ? right : left;
      if (!isBefore(all[least], all[at])) return first;
      swap(least, at);
      at = least;
    }
  };
  return {
    size: () => all.length - calledOff,
    called: () => {
      calledOff += 1;
    },
    push(one: Due) {
      all.push(one);
      for (let at = all.length - 1; at > 0; ) {
        const above = (at - 1) >> 1;
        if (!isBefore(all[at], all[above])) return;
        swap(at, above);
        at = above;
      }
    },
    takeUntil(until: number): Due | undefined {
      for (let [first] = all; first !== undefined && first.at <= until; [first] = all) {
        takeFirst();
        if (first.run !== undefined) return first;
        calledOff -= 1;
      }
      return undefined;
    },
  };
}
