import { HotpassError } from '../../../errors.ts';
import { followSignals, whenAborted } from '../../../signals.ts';

/** Longest time for one thing that is asked, with all its tries: a credential_process may ask a person. */
const LONGEST_MS = 60_000;

/**
 * Does work that may hang, with a signal of its own that is aborted when it is given up. Throws `interrupted` when the
 * caller gives up, and `aws-unreachable` after a minute; `who` gave no answer to `what`.
 */
export async function withDeadline<T>(
  who: string,
  what: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const following = followSignals(signal);
  const late = setTimeout(following.abort, LONGEST_MS).unref();
  const givenUp = whenAborted(following.signal).then(() => {
    throw signal.aborted
      ? new HotpassError('interrupted', `${what} was given up`)
      : new HotpassError('aws-unreachable', `${who} gave no answer to ${what} in ${LONGEST_MS / 1_000} s`);
  });
  try {
    return await Promise.race([work(following.signal), givenUp]);
  } finally {
    clearTimeout(late);
    following.free();
  }
}
