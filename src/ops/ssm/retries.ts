import { HotpassError, messageOf } from '../../errors.ts';
import { type Following, followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';
import { retryPauseMs } from '../net/lifecycle.ts';
import type { Retry } from '../net/status.ts';
import { pauseAfter } from './pause-after.ts';

/** Tries in a row, the pauses between them, and who cuts those short. */
export interface Retries {
  /** Tries until one does not throw, or `over` is aborted; the first after a success at once. */
  run(once: () => Promise<void>): Promise<void>;
  /** What failed before counts no more. */
  forget(): void;
  /** Forgets, and tries at once where the next try is waited for. */
  hurry(): void;
  /** The try that is made or waited for. */
  next(): Retry;
}

/** Makes tries that never end by themselves. */
export function createRetries(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  over: AbortSignal,
  onFailed: (why: HotpassError) => void,
): Retries {
  let attempt = 0;
  let nextAt = 0;
  let rest: Following | undefined;

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
        try {
          return await once();
        } catch (error) {
          if (over.aborted) return;
          last = asHotpassError(error);
          onFailed(last);
        }
      }
    },
    forget,
    hurry() {
      forget();
      nextAt = 0;
      rest?.abort();
    },
    next: () => ({
      attempt: Math.max(1, attempt),
      inSeconds: Math.max(0, Math.round((nextAt - sys.monotonic()) / 1000)),
    }),
  };
}

function asHotpassError(error: unknown): HotpassError {
  if (error instanceof HotpassError) return error;
  return new HotpassError('unexpected', messageOf(error), { cause: error });
}
