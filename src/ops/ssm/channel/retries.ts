import { asHotpassError, type HotpassError } from '../../../errors.ts';
import { type Following, followSignals } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { retryPauseMs } from '../../net/lifecycle.ts';
import type { Retry } from '../../net/status.ts';
import { pauseAfter } from '../pause-after.ts';

/** Tries in a row, the pauses between them, and who cuts those short. */
export interface Retries {
  /**
   * Tries until one does not throw, or `over` is aborted; the first after a success at once. The signal of a try gives
   * it up for another one.
   */
  run(once: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** What failed before counts no more. */
  forget(): void;
  /** Forgets, and tries at once where the next try is waited for, or one hangs. */
  hurry(): void;
  /** The try that is made or waited for. */
  next(): Retry;
}

/** A try that takes longer may hang: what it waits for went away with the network of before. */
const HANGS_MS = 3_000;

/** Makes tries that never end by themselves. */
export function createRetries(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  over: AbortSignal,
  onFailed: (why: HotpassError) => void,
): Retries {
  let attempt = 0;
  let nextAt = 0;
  let rest: Following | undefined;
  let running: Following | undefined;
  let beganAt = 0;

  const pause = async (why: HotpassError | undefined) => {
    const ms = retryPauseMs(attempt, Math.random(), pauseAfter(why));
    nextAt = sys.monotonic() + ms;
    rest = followSignals(over);
    await sys.sleep(ms, rest.signal);
    rest.free();
    rest = undefined;
  };
  const forget = () => {
    attempt = 0;
  };
  return {
    async run(once) {
      let last: HotpassError | undefined;
      for (;;) {
        attempt += 1;
        await pause(last);
        if (over.aborted) return;
        const cut = followSignals(over);
        running = cut;
        beganAt = sys.monotonic();
        try {
          return await once(cut.signal);
        } catch (error) {
          if (over.aborted) return;
          if (cut.signal.aborted) continue;
          last = asHotpassError(error);
          onFailed(last);
        } finally {
          running = undefined;
          cut.free();
        }
      }
    },
    forget,
    hurry() {
      forget();
      nextAt = 0;
      rest?.abort();
      if (sys.monotonic() - beganAt >= HANGS_MS) running?.abort();
    },
    next: () => ({
      attempt: Math.max(1, attempt),
      inSeconds: Math.max(0, Math.round((nextAt - sys.monotonic()) / 1000)),
    }),
  };
}
