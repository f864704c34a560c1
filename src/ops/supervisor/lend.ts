import { followSignals, whenAborted } from '../../signals.ts';
import type { Guest } from './control.ts';
import type { Leases } from './leases.ts';

/** What the borrower of a session is told of it. */
export interface Lending {
  readonly leases: Leases;
  describe(): object;
  look(maxAgeMs: number): Promise<unknown>;
  /** Aborted when the session has ended and its record is dropped. */
  readonly dropped: AbortSignal;
}

/** The answer to who gave a lease back. */
export interface GivenBack {
  /** True: the session is gone, because it was the last lease, or was told to stop meanwhile. */
  readonly ended: boolean;
}

/** A borrower starts on what it is told here: it may be no older than what `net status` prints. */
const MAX_AGE_MS = 2_000;

/** Lends the session to a guest until it leaves, however it does that, or until the session ends. */
export async function lendTo(guest: Guest, lending: Lending): Promise<GivenBack> {
  const { leases, dropped } = lending;
  const giveBack = leases.take();
  guest.tell({ held: giveBack !== undefined, description: lending.describe() });
  if (giveBack === undefined) return { ended: false };
  // Freed with each lease: a session that lives for days has thousands of them.
  const over = followSignals(guest.left, dropped);
  try {
    if (!guest.left.aborted) guest.tell({ status: await lending.look(MAX_AGE_MS) });
    await whenAborted(over.signal);
  } finally {
    over.free();
    giveBack();
  }
  if (leases.isOver()) await whenAborted(dropped);
  return { ended: leases.isOver() };
}
