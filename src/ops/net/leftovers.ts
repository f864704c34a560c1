import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { endStrays } from '../supervisor/strays.ts';

/**
 * Clears what a session whose background process is gone left behind: processes that it started, its socket, its
 * private folder. Returns the pids that do not end; the files then stay too.
 */
export async function clearLeftovers(
  sys: Pick<System, 'platform' | 'processes' | 'pid' | 'sleep' | 'signalProcess'>,
  session: Session,
): Promise<number[]> {
  const left = await endStrays(sys, session);
  // A record may come with a project from elsewhere: nothing is removed but what has the name that we would give it.
  if (left.length > 0 || basename(session.socket) !== `${session.id}.sock`) return left;
  await rm(session.socket, { force: true });
  await rm(join(dirname(session.socket), session.id), { recursive: true, force: true });
  return left;
}
