import type { HotpassError } from '../../errors.ts';

/**
 * What a background process does for a session: a tunnel today, a job later. The supervisor around it owns the
 * record, the control socket, the log and the signals, and knows nothing of what the work is.
 */
export interface Work<Status, Stopped> {
  /** Resolves when the work does what it was asked to do; throws when it cannot, with nothing left behind. */
  start(): Promise<void>;
  /**
   * Resolves when somebody who attends is no longer needed: the work does what it should, or they could not help. The
   * first to come is not kept waiting: what is to be tried is tried at once.
   */
  attended(left: AbortSignal, isFirst: boolean): Promise<void>;
  /** Looks now; nothing in the answer is older than `maxAgeMs`. */
  look(maxAgeMs: number): Promise<Status>;
  /**
   * Ends the work, waiting up to `drainMs` for clients to finish. May be called while it starts, and again: the
   * least patient caller decides.
   */
  stop(drainMs: number): Promise<Stopped>;
  /** Told that time went by without this process, and how: what it took for granted may be over. */
  timePassed?(how: string): void;
  /** Resolves when the work ended: with the reason, or undefined after `stop`. */
  readonly ended: Promise<HotpassError | undefined>;
}
