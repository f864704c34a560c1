import type { System } from '../system.ts';
import { isOwnProc, type Machine, type ProbeSystem, readMachine, readNamespace } from './machine.ts';
import { readStart } from './process-start.ts';

/** The identity of a process: a process id alone may be a stranger after some time. */
export interface Owner extends Machine {
  readonly pid: number;
  /** When the process started, in the words of the system: clock ticks on Linux, a date elsewhere. */
  readonly started: string;
}

/** What has become of an owner; `elsewhere` cannot be told from here. */
export type Fate = 'alive' | 'dead' | 'elsewhere';

/** What reading identities needs of a System. */
export type IdentitySystem = ProbeSystem & Pick<System, 'pid'>;

/** Reads who a process (default: this one) is; undefined when no such process runs. */
export async function readOwner(
  sys: IdentitySystem,
  pid: number = sys.pid,
  procRoot = '/proc',
): Promise<Owner | undefined> {
  // In a /proc of another namespace `self` is still this process, and its number a stranger.
  const isStranger = pid === sys.pid && !(await isOwnProc(sys, procRoot));
  const [machine, started] = await Promise.all([
    readMachine(sys, procRoot),
    readStart(sys, isStranger ? 'self' : pid, procRoot),
  ]);
  return started === undefined ? undefined : { ...machine, pid, started };
}

/** Tells what has become of the process that an identity was read from. */
export async function judgeOwner(sys: IdentitySystem, owner: Owner, procRoot = '/proc'): Promise<Fate> {
  return judgeFrom(await readMachine(sys, procRoot), sys, owner, procRoot);
}

/** Tells the same for who already knows the machine and asks often. */
export async function judgeFrom(
  here: Machine,
  sys: IdentitySystem,
  owner: Owner,
  procRoot = '/proc',
): Promise<Fate> {
  const reachable = judgeMachine(here, owner);
  if (reachable !== 'same') return reachable;
  if (!(await isOwnProc(sys, procRoot))) return 'elsewhere';
  return (await readStart(sys, owner.pid, procRoot)) === owner.started ? 'alive' : 'dead';
}

/** Returns the name of the machine that an owner lives on, for people. */
export function hostName(owner: Pick<Owner, 'host'>): string {
  return owner.host.replace(/\/[^/]*$/, '');
}

/** Names where an owner lives, for people: the machine, and the PID namespace where there are some. */
export function placeName(owner: Pick<Owner, 'host' | 'namespace'>): string {
  const [number] = /\d+/.exec(owner.namespace) ?? [];
  return number === undefined ? hostName(owner) : `${hostName(owner)}, PID namespace ${number}`;
}

/** Tells whether the pid of a process that answers on a socket, so runs on this very kernel, means the same here. */
export async function isOfThisNamespace(
  sys: Pick<System, 'platform'>,
  owner: Owner,
  procRoot = '/proc',
): Promise<boolean> {
  return (await readNamespace(sys, procRoot)) === owner.namespace;
}

function judgeMachine(here: Machine, owner: Machine): Exclude<Fate, 'alive'> | 'same' {
  if (hostId(here) !== hostId(owner)) return 'elsewhere';
  // Cloned machines share an id; only with the same name is another boot surely an earlier one of this machine.
  if (here.boot !== owner.boot) return here.host === owner.host ? 'dead' : 'elsewhere';
  return here.namespace === owner.namespace ? 'same' : 'elsewhere';
}

function hostId(machine: Machine): string {
  return machine.host.slice(machine.host.lastIndexOf('/') + 1);
}
