/** Bounds of what is on its way at once, in bytes. */
const [LEAST_BYTES, FIRST_BYTES] = [512 * 1024, 1024 * 1024];

/**
 * How much longer a message may be on its way because of those ahead of it: as long again as the way itself, and at
 * least so long that both ends are kept busy from one turn of their loops to the next.
 */
const LEAST_QUEUE_MS = 50;
/** Who waits so long with the smallest window does not wait for itself: the way has become longer. */
const LONGER_WAY_MS = 3_000;

/** What is known of the time to the agent and back, in milliseconds. */
interface RoundTrip {
  readonly smoothed: number;
  readonly least: number;
}

/** How many bytes may be on their way. */
export interface Window {
  readonly bytes: number;
  /** Learns from an acknowledgement that came at `now`; `wasFull`: more would have been sent, had there been room. */
  learn(now: number, trip: RoundTrip, wasFull: boolean): void;
}

/**
 * Makes a window that keeps as much on its way as the agent takes, and little more: all connections share one queue, and
 * a word of one of them is not to wait behind megabytes of another. Once in a round trip it is set to what would take
 * the shortest time ever seen, plus a little; as FAST TCP does it (https://doi.org/10.1109/TNET.2006.886335).
 */
export function createWindow(mostBytes: number): Window {
  let bytes = Math.min(FIRST_BYTES, mostBytes);
  let learntAt = Number.NEGATIVE_INFINITY;
  let wasFullSince = false;
  /** Since when the window is as small as it gets, and the shortest time since then. */
  let smallest = { since: Number.POSITIVE_INFINITY, trip: Number.POSITIVE_INFINITY };
  /** What the shortest time is taken for where the way has become longer. */
  let longer = 0;
  const shortestOf = (now: number, { smoothed, least }: RoundTrip) => {
    if (bytes > Math.min(LEAST_BYTES, mostBytes)) smallest = { since: now, trip: smoothed };
    // The first half of that time is left out: what is smoothed follows late.
    const isSettled = now - smallest.since >= LONGER_WAY_MS / 2;
    smallest.trip = isSettled ? Math.min(smallest.trip, smoothed) : smoothed;
    if (now - smallest.since >= LONGER_WAY_MS) longer = smallest.trip;
    longer = Math.min(longer, smoothed);
    return Math.max(least, longer);
  };
  return {
    get bytes() {
      return bytes;
    },
    learn(now, { smoothed, least }, wasFull) {
      wasFullSince ||= wasFull;
      if (now - learntAt < smoothed) return;
      learntAt = now;
      const shortest = shortestOf(now, { smoothed, least });
      const ideal = (shortest + Math.max(shortest, LEAST_QUEUE_MS)) / smoothed;
      // Half of the way there: what it brings is seen a round trip later.
      const factor = (1 + Math.min(2, ideal)) / 2;
      // Nobody knows whether more would be too much before so much was sent.
      if (factor < 1 || wasFullSince) {
        bytes = Math.min(mostBytes, Math.max(LEAST_BYTES, Math.round(bytes * factor)));
      }
      wasFullSince = false;
    },
  };
}
