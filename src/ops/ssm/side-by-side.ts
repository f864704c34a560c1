import { followSignals } from '../../signals.ts';

interface Openable {
  /** Throws what stands in the way. */
  open(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens all at once. When one fails the others are given up, everything is closed, and what it failed over is thrown:
 * the first failure, not those that followed from it.
 */
export async function openSideBySide(all: readonly Openable[], signal: AbortSignal): Promise<void> {
  const given = followSignals(signal);
  const failures: unknown[] = [];
  const openOne = (one: Openable) =>
    one.open(given.signal).catch((error: unknown) => {
      failures.push(error);
      given.abort();
    });
  await Promise.all(all.map(openOne));
  given.free();
  if (failures.length === 0) return;
  await Promise.all(all.map((one) => one.close()));
  throw failures[0];
}
