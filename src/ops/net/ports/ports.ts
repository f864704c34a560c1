import { connect, createServer } from 'node:net';
import { HotpassError, isErrno } from '../../../errors.ts';
import { grant, holderOf, leaseOf, type PortLease, type PortLedger } from '../../../state/ports.ts';
import { isLoopback } from '../loopback.ts';
import { blockedError, type Obstacle } from '../obstacle.ts';
import type { Forward, TunnelPlan } from '../plan.ts';

/** A forward whose local port is still to be chosen. */
export type WantedForward = Omit<Forward, 'localPort' | 'movedFrom'> & {
  readonly localPort?: number | undefined;
};

/** Whose ports these are. */
export interface PortOwner {
  /** Absolute state folder. */
  readonly project: string;
  readonly target: string;
  readonly label: string;
}

/** What may happen when a port is busy: `moves` takes the next one, `stays` is an error, `careful` moves only what nothing points at yet. */
export type PortPolicy = 'careful' | 'moves' | 'stays';

/** A port that had to move, to be told. */
interface MovedPort {
  readonly forward: string;
  readonly wanted: number;
  readonly got: number;
  readonly obstacle: Obstacle;
}

export interface ChosenPorts {
  readonly forwards: readonly Forward[];
  readonly moved: readonly MovedPort[];
  /** Leases of projects that are gone, whose ports are taken over. */
  readonly freed: readonly { readonly forward: string; readonly lease: PortLease }[];
}

export interface ChoosePorts {
  readonly owner: PortOwner;
  readonly wanted: readonly WantedForward[];
  readonly policy: PortPolicy;
  readonly ledger: PortLedger;
  /** Ports that the session's own forwards lead to, and which does. */
  readonly ledTo: ReadonlyMap<number, string>;
  /** Tells what stands in the way of listening on a port here and now; undefined when nothing does. */
  readonly blocked: (port: number) => Promise<Obstacle | undefined>;
  /** Tells whether the project of a lease was deleted. */
  readonly isGone: (lease: PortLease) => Promise<boolean>;
}

const TRIES = 200;

/**
 * Chooses the local port of each forward: the one that is asked for, else the one this target had before, else the
 * remote port; and the next free one where the policy lets it move. What is kept for a project that was deleted is
 * taken only if it is that very port, or no other is free.
 * Throws `port-busy` or `port-denied`.
 */
export async function choosePorts(choose: ChoosePorts): Promise<ChosenPorts> {
  const taken = new Set<number>();
  const forwards: Forward[] = [];
  const moved: MovedPort[] = [];
  const wishes = choose.wanted.map(({ localPort: asked, ...forward }) => {
    const leased = leaseOf(choose.ledger, { ...choose.owner, forward: forward.name })?.port;
    return { forward, leased, wanted: asked ?? leased ?? usual(forward) };
  });
  // Who has to move does not take what another forward of the session is about to ask for.
  const wished = new Set(wishes.map(({ wanted }) => wanted));
  for (const { forward, leased, wanted } of wishes) {
    const obstacle = await obstacleOf(wanted, choose, taken, true);
    let got = wanted;
    if (obstacle !== undefined) {
      const pointedAt = leased === wanted;
      if (choose.policy === 'stays' || (choose.policy === 'careful' && pointedAt)) {
        throw blockedError(forward.name, wanted, obstacle, pointedAt);
      }
      got = await nextFree(wanted, forward.name, choose, new Set([...taken, ...wished]));
      moved.push({ forward: forward.name, wanted, got, obstacle });
    }
    taken.add(got);
    forwards.push({ ...forward, localPort: got, ...(got === wanted ? {} : { movedFrom: wanted }) });
  }
  const freed = forwards.flatMap(({ name, localPort }) => {
    const lease = foreignHolder(localPort, choose);
    return lease === undefined ? [] : [{ forward: name, lease }];
  });
  return { forwards, moved, freed };
}

/** What a lease says besides whose it is. */
export type GrantStamp = Pick<PortLease, 'leasedAt' | 'grantedBy' | 'mount' | 'sshConfig'>;

/** Writes the chosen ports into the ledger. */
export function grantPorts(
  ledger: PortLedger,
  owner: PortOwner,
  forwards: readonly Forward[],
  stamp: GrantStamp,
): PortLedger {
  return forwards.reduce(
    (book, { name, localPort }) => grant(book, { ...owner, forward: name, port: localPort, ...stamp }),
    ledger,
  );
}

async function obstacleOf(
  port: number,
  choose: ChoosePorts,
  taken: ReadonlySet<number>,
  takesOver: boolean,
): Promise<Obstacle | undefined> {
  const { project, target, label } = choose.owner;
  const leader = choose.ledTo.get(port);
  if (leader !== undefined) return { kind: 'led-to', forward: leader };
  if (taken.has(port)) return { kind: 'leased', project, target, label };
  const holder = foreignHolder(port, choose);
  const isKept = holder !== undefined && !(takesOver && (await isAbandoned(holder, choose)));
  if (isKept) {
    return { kind: 'leased', project: holder.project, target: holder.target, label: holder.label };
  }
  return choose.blocked(port);
}

function foreignHolder(port: number, { ledger, owner }: ChoosePorts): PortLease | undefined {
  const holder = holderOf(ledger, port);
  const isOwn = holder?.project === owner.project && holder.target === owner.target;
  return isOwn ? undefined : holder;
}

async function isAbandoned(lease: PortLease, { owner, isGone }: ChoosePorts): Promise<boolean> {
  // A project that opens its first session may have no folder yet.
  return lease.project !== owner.project && isGone(lease);
}

async function nextFree(
  from: number,
  name: string,
  choose: ChoosePorts,
  taken: ReadonlySet<number>,
): Promise<number> {
  for (const takesOver of [false, true]) {
    for (let port = from + 1; port <= Math.min(65_535, from + TRIES); port += 1) {
      // A port of this target's other forwards is theirs, though nobody else may have it either.
      const isSiblings =
        foreignHolder(port, choose) === undefined &&
        (holderOf(choose.ledger, port)?.forward ?? name) !== name;
      if (isSiblings) continue;
      if ((await obstacleOf(port, choose, taken, takesOver)) === undefined) return port;
    }
  }
  throw new HotpassError('port-busy', `no port from ${from} to ${Math.min(65_535, from + TRIES)} is free`, {
    hint: 'name one: --forward NAME=LOCAL:HOST:PORT',
  });
}

/** Below 1024 only root may listen: 80 becomes 8080, and a Kubernetes API is looked for on 6443. */
function usual({ port, cluster }: Pick<Forward, 'port' | 'cluster'>): number {
  if (port >= 1024) return port;
  return cluster === undefined ? port + 8000 : 6443;
}

/** Tries every address for real: by listening, and by connecting, for systems that let two programs have one port. */
export async function findObstacle(bind: TunnelPlan['bind'], port: number): Promise<Obstacle | undefined> {
  for (const address of bind) {
    const refusal = await tryListen(address, port);
    if (refusal !== undefined && isErrno(refusal, 'EACCES', 'EPERM')) return { kind: 'denied', address };
    if (refusal !== undefined && isErrno(refusal, 'EADDRINUSE')) return { kind: 'busy', address };
    // Any other refusal is about the address, not the port; the listener itself will name it.
    if (refusal === undefined && isLoopback(address) && (await answers(address, port))) {
      return { kind: 'busy', address };
    }
  }
  return undefined;
}

function tryListen(address: string, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: address, port, ipv6Only: true, exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

/** Tells whether somebody takes connections on an address of this machine. */
export function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(300, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
