import type { Rtt } from './rtt.ts';
import type { Unacked } from './unacked.ts';

/** Tells messages that are lost from those that are only overtaken. */
export interface Lateness {
  /** When a message is lost if it is not acknowledged by then; infinite while nothing that was sent later has arrived. */
  lostAt(message: Unacked): number;
  /** Learns from a message that was acknowledged `took` milliseconds after its last send. */
  arrived(message: Unacked, took: number): void;
  /**
   * Learns from a number that is acknowledged once more: two sends have arrived, so the first acknowledgement was for
   * the first send. Gives the milliseconds which that took; undefined where the message was sent once.
   */
  arrivedAgain(sequence: number): number | undefined;
}

/** The least time by which messages may overtake each other and are still not taken for lost. */
const REORDER_MS = 10;
const MOST_PATIENCE = 8;
/** How many messages that were sent twice are remembered when they have arrived. */
const MOST_RESENT = 1024;

/**
 * Decides as TCP's RACK does (RFC 8985): a message is lost when another one that was sent later has arrived, and more
 * time has passed than reordering takes. That time doubles with each resend that turns out to have been needless, and
 * shrinks again with those that were not.
 */
export function createLateness(rtt: Rtt): Lateness {
  /** Of all that has arrived, what was sent last. */
  let newest = { order: 0, took: 0 };
  let patience = 1;
  /** Messages that were sent again and have arrived at least once, and how long after their first send. */
  const resent = new Map<number, number>();
  const beMorePatient = () => {
    patience = Math.min(patience * 2, MOST_PATIENCE);
  };
  return {
    lostAt({ order, sentAt }) {
      if (order >= newest.order) return Number.POSITIVE_INFINITY;
      return sentAt + newest.took + Math.max(REORDER_MS, (rtt.smoothed() ?? 0) / 4) * patience;
    },
    arrived({ sequence, order, sends, sentAt, firstSentAt }, took) {
      // Quicker than ever possible: the first send had arrived, and the second was needless.
      const isFirst = sends > 1 && took < rtt.least();
      if (isFirst) beMorePatient();
      else if (sends > 1) {
        patience = Math.max(patience * 0.9, 1);
        if (resent.size >= MOST_RESENT) resent.clear();
        resent.set(sequence, sentAt + took - firstSentAt);
      }
      const tellsOrder = sends === 1 || (!isFirst && rtt.smoothed() !== undefined);
      if (tellsOrder && order > newest.order) newest = { order, took };
    },
    arrivedAgain(sequence) {
      const took = resent.get(sequence);
      if (resent.delete(sequence)) beMorePatient();
      return took;
    },
  };
}
