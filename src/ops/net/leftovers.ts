import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HotpassError, messageOf } from '../../errors.ts';
import { shellCommand } from '../../shell-words.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { endStrays } from '../supervisor/strays.ts';
import { type FolderSystem, isOwnSocket } from './own-socket.ts';

/**
 * Clears what a session whose background process is gone left behind: processes that it started, its socket, its
 * private folder. Returns the pids that do not end; the files then stay too. Throws `stop-incomplete`.
 */
export async function clearLeftovers(
  sys: Pick<System, 'processes' | 'pid' | 'sleep' | 'signalProcess'> & FolderSystem,
  session: Session,
): Promise<number[]> {
  const left = await endStrays(sys, session);
  // A record may come with a project from elsewhere: nothing is removed but what is where we would put it.
  if (left.length > 0 || !(await isOwnSocket(sys, session))) return left;
  const folder = join(dirname(session.socket), session.id);
  try {
    await rm(session.socket, { force: true });
    await rm(folder, { recursive: true, force: true });
  } catch (cause) {
    throw new HotpassError('stop-incomplete', `${session.label} has left files: ${messageOf(cause)}`, {
      cause,
      // Its record may be gone by now, so no `net down` would find it.
      hint: `when that can be changed: ${shellCommand(['rm', '-r', session.socket, folder])}`,
      state: 'nothing of it runs any more',
    });
  }
  return left;
}
