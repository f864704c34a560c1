import type { FromSchema } from 'json-schema-to-ts';
import { HotpassError } from '../errors.ts';
import { validate } from '../generated/ports.js';
import type { Problem } from './damage.ts';
import type { portsSchema } from './ports-schema.ts';
import { defineStore, type Store } from './store.ts';

/** Which target each local port belongs to, over all projects of this user on this machine. */
export type PortLedger = FromSchema<typeof portsSchema>;

/** One port that belongs to a target for good, also while its session is down. */
export type PortLease = PortLedger['leases'][number];

/** What a port is leased for. */
export type PortKey = Pick<PortLease, 'project' | 'target' | 'label' | 'forward'>;

/** The store of the ledger; its folder is `userDirs(sys).privateState`. */
export const portStore: Store<PortLedger> = defineStore({
  file: 'ports.json',
  validate,
  empty: { version: 1, leases: [] },
  check: findSharedPort,
});

/** Finds the lease of a forward under a label: the newest when it had several ports. */
export function leaseOf(ledger: PortLedger, key: PortKey): PortLease | undefined {
  return ledger.leases.findLast((lease) => isSameTarget(lease, key) && isSameForward(lease, key));
}

/** Finds who a port belongs to. */
export function holderOf(ledger: PortLedger, port: number): PortLease | undefined {
  return ledger.leases.find((lease) => lease.port === port);
}

/**
 * Gives a port to a forward, for good: earlier ports of the forward stay the target's own, so that an address that was
 * once written down never leads to another target. Within one target a port may move.
 * Throws `port-busy` when it belongs to another target.
 */
export function grant(ledger: PortLedger, lease: PortLease): PortLedger {
  const holder = holderOf(ledger, lease.port);
  if (holder !== undefined && !isSameTarget(holder, lease)) {
    const where = holder.project === lease.project ? '' : ` of ${holder.project}`;
    throw new HotpassError('port-busy', `port ${lease.port} belongs to target ${holder.target}${where}`, {
      hint: `give another one: --forward ${lease.forward}=LOCAL:HOST:PORT`,
      details: { port: lease.port, holder },
    });
  }
  const isCurrent =
    holder !== undefined &&
    leaseOf(ledger, lease) === holder &&
    holder.sshConfig === lease.sshConfig &&
    holder.ssm === lease.ssm;
  // The date says since when; a port that is only used again is not written again.
  if (isCurrent) return ledger;
  return { ...ledger, leases: [...ledger.leases.filter(({ port }) => port !== lease.port), lease] };
}

/** Takes leases out of the ledger: their ports are anybody's again. */
export function release(ledger: PortLedger, leases: readonly PortLease[]): PortLedger {
  const ports = new Set(leases.map(({ port }) => port));
  return { ...ledger, leases: ledger.leases.filter(({ port }) => !ports.has(port)) };
}

function isSameTarget(one: PortKey, other: PortKey): boolean {
  return one.project === other.project && one.target === other.target;
}

function isSameForward(one: PortKey, other: PortKey): boolean {
  return one.label === other.label && one.forward === other.forward;
}

function findSharedPort({ leases }: PortLedger): Problem | undefined {
  const seen = new Set<number>();
  for (const [index, { port }] of leases.entries()) {
    if (seen.has(port)) return { pointer: `/leases/${index}/port`, reason: `${port} occurs twice` };
    seen.add(port);
  }
  return undefined;
}
