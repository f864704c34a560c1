// What happens while a lock is held, and between two looks at a held one, is synchronous on purpose: on a busy machine
// each hop to the thread pool and back waits for the scheduler twice, and every contender waits for all of them.
import { existsSync, rmSync } from 'node:fs';
import { HotpassError, isErrno, messageOf } from '../errors.ts';
import type { System } from '../system.ts';
import { inheritLock, readChain } from './lock-heir.ts';
import { judgeLife, type Life, showLife } from './lock-life.ts';
import { inTurn } from './lock-queue.ts';
import { placeTicket, readTicket, type Ticket } from './lock-ticket.ts';
import { type Fate, type IdentitySystem, judgeFrom, type Owner, placeName, readOwner } from './owner.ts';

/** What locking needs of a System. */
export type LockSystem = IdentitySystem & Pick<System, 'sleep'>;

export interface LockOptions {
  /** Milliseconds to wait for another holder. Default 10,000. */
  readonly waitMs?: number;
}

const LOCK_WAIT_MS = 10_000;
const PAUSE_MIN_MS = 1;
const PAUSE_MAX_MS = 24;
/** How soon the death of a holder is noticed. */
const LOOK_EVERY_MS = 250;

/**
 * Does some work while no other process, here or on another machine that shares the folder, does any under the same
 * lock file. Callers of one process get their turn in order. The lock of a dead process is taken over, also one of
 * another container of this machine; one that cannot be judged from here never is. Not reentrant.
 * Throws `state-locked` when the holder does not let go in time, `state-unwritable` when the folder takes no files.
 */
export async function withLock<T>(
  sys: LockSystem,
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const waitMs = options.waitMs ?? LOCK_WAIT_MS;
  return inTurn(sys, path, waitMs, async () => {
    const { ticket, life } = await acquire(sys, path, waitMs).catch((error: unknown) => {
      throw translate(path, error);
    });
    try {
      return await work();
    } finally {
      try {
        release(path, ticket);
      } finally {
        life?.end();
      }
    }
  });
}

interface Held {
  readonly ticket: Ticket;
  readonly life: Life | undefined;
}

async function acquire(sys: LockSystem, path: string, waitMs: number): Promise<Held> {
  const { owner, token } = await writeTicket(sys);
  // Before anybody can see the ticket: a holder that dies at once is seen to be dead too.
  const life = await showLife(sys, path, token);
  const ticket = { owner, token, ...(life === undefined ? {} : { life: life.mark }) };
  try {
    await place(sys, path, ticket, waitMs);
    return { ticket, life };
  } catch (error) {
    life?.end();
    throw error;
  }
}

async function place(sys: LockSystem, path: string, ticket: Ticket, waitMs: number): Promise<void> {
  const draft = `${path}.${ticket.token}`;
  try {
    let watched: string | undefined;
    for (let waited = 0; ; ) {
      if (placeTicket(draft, ticket, path)) return;
      const chain = readChain(path);
      const holder = chain === 'damaged' ? undefined : chain.at(-1);
      // Over NFS a link may have been made and yet be answered with EEXIST.
      if (holder?.token === ticket.token) return;
      // A queue that moves is worth waiting in: patience counts anew with each holder.
      if (holder !== undefined && holder.token !== watched) waited = 0;
      watched = holder?.token;
      const fate = holder && (await judgeHolder(sys, path, ticket.owner, holder));
      if (chain !== 'damaged' && fate === 'dead' && inheritLock(path, chain, draft, ticket)) return;
      if (waited >= waitMs) throw locked(path, holder?.owner, fate);
      waited += await waitWhileHeld(sys, path, Math.min(LOOK_EVERY_MS, waitMs - waited));
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

async function judgeHolder(
  sys: LockSystem,
  path: string,
  here: Owner,
  holder: Ticket,
): Promise<Fate | 'alive-elsewhere'> {
  const fate = await judgeFrom(here, sys, holder.owner);
  // Another boot id is another kernel, where this one's sockets are nobody's.
  if (fate !== 'elsewhere' || holder.life === undefined || holder.owner.boot !== here.boot) return fate;
  const life = await judgeLife(path, holder.token, holder.life);
  if (life === 'unknown') return fate;
  return life === 'dead' ? 'dead' : 'alive-elsewhere';
}

/**
 * Waits until the lock is free, at most some milliseconds, and returns how many. With a hundred contenders the price
 * of one look decides how fast they all get through, so this one is a single system call.
 */
async function waitWhileHeld(sys: LockSystem, path: string, maxMs: number): Promise<number> {
  // Ctrl-C must not keep a verb from recording what it cleans up, nor turn this wait into a busy one.
  const never = new AbortController().signal;
  let waited = 0;
  for (let reach = PAUSE_MIN_MS; waited < maxMs; reach = Math.min(reach * 2, PAUSE_MAX_MS)) {
    const pause = PAUSE_MIN_MS + Math.random() * reach;
    await sys.sleep(pause, never);
    // Counted, not read from a clock: the clock may be set meanwhile.
    waited += pause;
    if (!existsSync(path)) break;
  }
  return waited;
}

function release(path: string, ticket: Ticket): void {
  const found = readTicket(path);
  // Whoever removed our lock by hand may have let somebody else in.
  if (found === undefined || found === 'damaged' || found.token !== ticket.token) return;
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw translate(path, error);
  }
}

async function writeTicket(sys: LockSystem): Promise<Ticket> {
  const [{ randomBytes }, owner] = await Promise.all([import('node:crypto'), readOwner(sys)]);
  if (owner === undefined) {
    throw new HotpassError('state-unwritable', `process ${sys.pid} cannot be identified for a lock`, {
      hint: sys.platform === 'linux' ? 'mount /proc' : `ps -p ${sys.pid}`,
    });
  }
  return { owner, token: randomBytes(16).toString('hex') };
}

function locked(
  path: string,
  owner: Owner | undefined,
  fate: Fate | 'alive-elsewhere' | undefined,
): HotpassError {
  const remove = `when nothing uses it any more: rm ${path}`;
  if (owner === undefined) {
    return new HotpassError('state-locked', `lock ${path} does not say who holds it`, { hint: remove });
  }
  const isHere = fate === 'alive' || fate === 'dead';
  const where = isHere ? '' : ` on ${placeName(owner)} (another machine or container)`;
  const wait = isHere ? `wait, or look at it: ps -fp ${owner.pid}` : 'wait until it is done over there';
  return new HotpassError('state-locked', `${path} is held by process ${owner.pid}${where}`, {
    hint: fate === 'elsewhere' ? remove : wait,
    details: { file: path, owner },
  });
}

function translate(path: string, error: unknown): unknown {
  if (
    !isErrno(
      error,
      'EACCES',
      'EPERM',
      'EROFS',
      'ENOSPC',
      'EDQUOT',
      'EIO',
      'ENOENT',
      'ENOTDIR',
      'EMLINK',
      'ENOTSUP',
    )
  ) {
    return error;
  }
  return new HotpassError('state-unwritable', `lock ${path} cannot be written: ${messageOf(error)}`, {
    cause: error,
  });
}
