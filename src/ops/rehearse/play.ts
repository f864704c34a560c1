import { promises } from 'node:fs';
import { join } from 'node:path';
import { createDeferred } from '../../deferred.ts';
import { messageOf } from '../../errors.ts';
import { createAbort, whenAborted } from '../../signals.ts';
import { ensurePrivateDir } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import { findObstacle } from '../net/ports/ports.ts';
import { ownIdentity } from '../supervisor/own-identity.ts';
import { clearPlace } from './clear.ts';
import { serveRehearsal } from './control.ts';
import type { Rehearsal } from './describe.ts';
import { type StagingAddress, shellEnvironment } from './environment.ts';
import { rehearsalFiles } from './files.ts';
import type { RehearsalPlace } from './place.ts';

/** A staging that stands; made by who knows the rehearsal, which this room does not. */
interface Staging {
  readonly address: StagingAddress;
  readonly services: Readonly<Record<string, string>>;
  /** Words that `fault` takes. */
  readonly faults: readonly string[];
  /** Lets something go wrong, or right again; gives what, in words. Throws for a word that it does not know. */
  fault(word: string): string;
  close(): Promise<void>;
}

/** What holds for one rehearsal. */
export interface PlayRehearsal {
  readonly place: RehearsalPlace;
  readonly forMs: number;
  readonly start: () => Promise<Staging>;
  /** Called once, when all of it stands. */
  readonly onReady: (rehearsal: Rehearsal) => void;
}

const LOWEST_PORT = 16_000;
const PORTS = 16_000;

/** Plays a rehearsal in this process until it is told to end, its time is over, or a signal comes; nothing is left then. */
export async function playRehearsal(sys: System, play: PlayRehearsal): Promise<void> {
  const { place } = play;
  const owner = await ownIdentity(sys);
  await ensurePrivateDir(place.folder, sys.uid);
  const staging = await play.start();
  await prepare(sys, place, staging.address);
  const rehearsal: Rehearsal = {
    owner,
    endsAt: new Date(sys.now().getTime() + play.forMs).toISOString(),
    address: staging.address,
    services: staging.services,
    faults: staging.faults,
    ...shellEnvironment(place, staging.address),
  };
  const told = createAbort();
  const cleared = createDeferred<{ readonly ended: readonly string[]; readonly trouble?: string }>();
  const control = await serveRehearsal(place.socket, async (request) => {
    if (request.op === 'describe') return rehearsal;
    if (request.op === 'fault') return staging.fault(request.fault);
    told.abort();
    return cleared.promise;
  });
  play.onReady(rehearsal);
  await Promise.race([sys.sleep(play.forMs, told.signal), whenAborted(sys.signal)]);
  // While the staging still stands: sessions are ended over there too.
  const outcome = await clearPlace(sys, place, staging.address).then(
    (ended) => ({ ended }),
    (error: unknown) => ({ ended: [], trouble: messageOf(error) }),
  );
  await staging.close();
  cleared.resolve(outcome);
  await control.close();
  await promises.rm(place.folder, { recursive: true, force: true });
}

async function prepare(sys: System, place: RehearsalPlace, address: StagingAddress): Promise<void> {
  const files = rehearsalFiles({
    address,
    eksPort: await findFreePort(),
    hotpass: [sys.program.node, sys.program.entry],
  });
  for (const [name, text] of Object.entries(files))
    await promises.writeFile(join(place.folder, name), text, { mode: 0o600 });
}

/** Finds a port that is free now, below those that the kernel hands out. Not 6443: a person may have a cluster there. */
async function findFreePort(): Promise<number> {
  for (;;) {
    const port = LOWEST_PORT + Math.floor(Math.random() * PORTS);
    if ((await findObstacle(['127.0.0.1', '::1'], port)) === undefined) return port;
  }
}
