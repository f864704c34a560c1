import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDeferred } from '../../deferred.ts';
import { HotpassError, messageOf } from '../../errors.ts';
import { createAbort } from '../../signals.ts';
import { unwritable } from '../../state/folder.ts';
import { ensurePrivateDir, userDirs } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import { attendAs } from './attend-as.ts';
import type { Charge, Farewell } from './charge.ts';
import { type ControlRequest, type ControlServer, type Guest, serveControl } from './control.ts';
import { createLeases } from './leases.ts';
import { lendTo } from './lend.ts';
import { watchClocks } from './lost-time.ts';
import { ownControl } from './own-control.ts';
import { ownIdentity } from './own-identity.ts';
import { createOwnThings } from './own-things.ts';
import { endStrays } from './strays.ts';

/** A session that works and is looked after until it ends. */
export interface Supervised<Status, Stopped> {
  look(maxAgeMs: number): Promise<Status>;
  stop(drainMs: number): Promise<Stopped>;
  /** Resolves when the work is over and everything of the session is gone; with a reason if it ended by itself. */
  readonly ended: Promise<HotpassError | undefined>;
}

/** How often it is looked whether time went by unnoticed. */
const LOOK_MS = 5_000;
/** Each so many looks the session's own things are looked at too, which wakes several threads; when in trouble each time. */
const OWN_LOOKS = 3;

/** Gives the path of a session's control socket. */
export function socketPath(runtime: string, id: string): string {
  return join(runtime, `${id}.sock`);
}

/**
 * Plays one session in this process: control socket, record, work; and takes all of it away again, whether the work
 * fails at the start, ends by itself or is stopped.
 */
export async function supervise<Status, Stopped>(
  sys: System,
  charge: Charge<Status, Stopped>,
): Promise<Supervised<Status, Stopped>> {
  const owner = await ownIdentity(sys);
  const { runtime } = userDirs(sys);
  await ensurePrivateDir(runtime, sys.uid);
  const folder = join(runtime, charge.id);
  const socket = socketPath(runtime, charge.id);
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error);
  });
  const gone = createDeferred<HotpassError | undefined>();

  let control: ControlServer | undefined;
  const over = createAbort();
  const theSocket = ownControl(sys, {
    control: () => control,
    socket,
    runtime,
    log: charge.log,
    onChange: () => void own.look(),
    over: over.signal,
  });
  const own = createOwnThings(sys, [theSocket, ...charge.things], charge.troubles);
  // A record that cannot be dropped keeps nothing alive: the next verb finds that its process is gone.
  let wasTold = false;
  const unregister = async (why: Farewell) => {
    // Nobody may write it again behind our back.
    await own.end();
    await charge
      .unregister(wasTold ? 'told' : why)
      .catch((error: unknown) => charge.log(`the record stays: ${messageOf(error)}`));
    dropped.abort();
  };
  const leases = createLeases(sys, {
    lent: charge.lent,
    end() {
      charge.log('nobody uses it any more');
      void stop(0);
    },
  });
  const describe = () => ({
    ...charge.description,
    lent: leases.isLent(),
    id: charge.id,
    pid: sys.pid,
    owner,
  });
  const work = charge.makeWork(folder, leases.isLent);
  const lookAtClocks = watchClocks(sys, LOOK_MS);
  const noticeTime = () => {
    const lost = lookAtClocks();
    if (lost === undefined) return;
    charge.log(lost.what);
    if (lost.isLong) work.timePassed?.(lost.what);
  };
  const stop = (drainMs: number) => {
    leases.close();
    return work.stop(drainMs);
  };
  const dropped = createAbort();
  const handle = async (request: ControlRequest, guest: Guest): Promise<unknown> => {
    if (request.op === 'describe') return describe();
    noticeTime();
    if (request.op === 'look') return look(request.maxAgeMs);
    if (request.op === 'lease') return lendTo(guest, { leases, describe, look, dropped: dropped.signal });
    if (request.op === 'keep') return { kept: await keep() };
    if (request.op === 'attend') {
      charge.log('somebody attends');
      if (request.keys !== undefined) charge.takeKeys?.(request.keys);
      return attendAs(guest, charge.attendance, work);
    }
    charge.log('told to stop');
    wasTold = true;
    const stopped = await stop(request.drainMs);
    // The answer means "gone": the record is dropped before it is given.
    await unregister('told');
    return stopped;
  };
  const keep = async () => {
    const wasLent = leases.isLent();
    if (!leases.keep()) return false;
    if (wasLent) {
      charge.log('kept: lent no more');
      await charge
        .keep()
        .catch((error: unknown) => charge.log(`the record still says lent: ${messageOf(error)}`));
    }
    return true;
  };

  control = await serveControl(socket, handle);
  const keepLooking = async () => {
    for (let looks = 1; !over.signal.aborted; looks += 1) {
      await sys.sleep(LOOK_MS, over.signal);
      noticeTime();
      const isDue = looks % OWN_LOOKS === 0 || charge.troubles.list().length > 0;
      if (isDue && !over.signal.aborted) await own.look();
    }
  };
  const look = async (maxAgeMs: number) => {
    await own.look();
    return work.look(maxAgeMs);
  };
  sys.signal.addEventListener('abort', () => void stop(0), { once: true });
  const clear = async (why: Farewell, reason?: HotpassError) => {
    over.abort();
    leases.close();
    const steps = [
      async () => {
        // What a ProxyCommand left in the background is ours to end too.
        const left = await endStrays(sys, charge);
        if (left.length > 0) charge.log(`still running: ${left.join(', ')}`);
      },
      () => unregister(why),
      () => rm(folder, { recursive: true, force: true }),
      async () => control?.close(),
    ];
    for (const step of steps) {
      // What one step leaves behind keeps no other from its part: a process that still serves its socket never ends.
      await step().catch((error: unknown) => charge.log(`something stays behind: ${messageOf(error)}`));
    }
    gone.resolve(reason);
  };
  try {
    // Who was interrupted before there was anything to stop is heard here.
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the session was up');
    await charge.register(owner, socket, leases.isLent);
    await work.start();
    leases.settle();
  } catch (error) {
    await clear('not-started');
    throw error;
  }
  void keepLooking();
  void work.ended.then(async (reason) => {
    charge.log(reason === undefined ? 'ended' : `ended: ${reason.message}  [${reason.code}]`);
    await clear('ended', reason);
  });
  return { look, stop, ended: gone.promise };
}
