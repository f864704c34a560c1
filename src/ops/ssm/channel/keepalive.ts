import type { System } from '../../../system.ts';

/** A silent far side is told after one to two of these: DESIGN allows 20 s. */
const PING_EVERY_MS = 8_000;

/** One websocket whose far end is asked for signs of life. */
export interface KeepAlive {
  ping(): void;
  /** Counts all that was heard. */
  heard(): number;
  /** Nothing is read just now, so silence means nothing. */
  isDeaf(): boolean;
  /** Nothing was heard for a whole turn after a ping. */
  onSilent(): void;
}

/**
 * Pings until the signal is aborted. Pings are no activity to the service: an account's idle time-out stays what it is.
 */
export async function keepAlive(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  keep: KeepAlive,
  signal: AbortSignal,
): Promise<void> {
  let heardBefore: number | undefined;
  for (;;) {
    const began = sys.monotonic();
    await sys.sleep(PING_EVERY_MS, signal);
    if (signal.aborted) return;
    // Stopped for a while ourselves: the pong may be waiting to be read.
    const isLate = sys.monotonic() - began > 1.5 * PING_EVERY_MS;
    if (keep.isDeaf()) heardBefore = undefined;
    else if (!isLate && heardBefore === keep.heard()) return keep.onSilent();
    else {
      heardBefore = keep.heard();
      keep.ping();
    }
  }
}
