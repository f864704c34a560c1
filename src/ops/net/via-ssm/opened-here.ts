import type { Session } from '../../../state/net.ts';
import { holderOf, type PortLedger } from '../../../state/ports.ts';

/** What tells a session that was opened here from a record that came with somebody's repository. */
export interface OwnKnowledge {
  /** Absolute state folder. */
  readonly project: string;
  /** The user's own. */
  readonly ledger: PortLedger;
}

/** Tells whether a port of a recorded session was given to it here. */
export function isLeased(
  session: Session,
  forward: Session['forwards'][number],
  { ledger, project }: OwnKnowledge,
): boolean {
  const lease = holderOf(ledger, forward.localPort);
  return (
    lease?.project === project &&
    lease.target === session.target &&
    lease.label === session.label &&
    lease.forward === forward.name
  );
}

/** Tells whether a recorded session was opened through this place in Systems Manager (see `placeOf`), or without one. */
export function isOpenedThrough(
  { forwards }: Session,
  place: string | undefined,
  { ledger }: OwnKnowledge,
): boolean {
  // A record without a port has nothing that the ledger could know, and so nothing was opened here for it.
  return forwards.length > 0 && forwards.every(({ localPort }) => holderOf(ledger, localPort)?.ssm === place);
}
