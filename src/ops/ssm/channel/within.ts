import { HotpassError } from '../../../errors.ts';
import { createAbort, followSignals, whenAborted } from '../../../signals.ts';
import type { System } from '../../../system.ts';

/**
 * Does some work under a signal that is aborted after `ms` milliseconds too, and then rejects with what `late` says,
 * even where the work does not listen; with `interrupted` when `signal` was aborted.
 */
export async function within<T>(
  sys: Pick<System, 'sleep'>,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => HotpassError,
): Promise<T> {
  const cut = followSignals(signal);
  const done = createAbort();
  void sys.sleep(ms, done.signal).then(() => {
    if (!done.signal.aborted) cut.abort();
  });
  const gaveUp = whenAborted(cut.signal).then(() => {
    throw signal.aborted ? new HotpassError('interrupted', 'the session was given up') : late();
  });
  try {
    return await Promise.race([work(cut.signal), gaveUp]);
  } finally {
    done.abort();
    cut.free();
  }
}
