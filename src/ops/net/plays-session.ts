import { promises } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { bearsNonce } from '../supervisor/strays.ts';
import { findListeners } from './listening/unix-listeners.ts';

/**
 * Tells whether the process of a record really plays the session: its environment holds the nonce, or (in foreground,
 * where a person started it) it holds the control socket. A record may come with a project from elsewhere and name any
 * process of the user. Where the system does not show either, what the record says must do.
 */
export async function playsSession(sys: Pick<System, 'platform'>, session: Session): Promise<boolean> {
  if (sys.platform !== 'linux') return true;
  const { pid } = session.owner;
  return (await bearsNonce(pid, session.nonce)) || (await holdsSocket(pid, session.socket));
}

async function holdsSocket(pid: number, socket: string): Promise<boolean> {
  const listeners = (await findListeners(socket, pid)) ?? [];
  const folder = `/proc/${pid}/fd`;
  const handles = await promises.readdir(folder).catch(() => []); // Gone, or another user's.
  const held = await Promise.all(
    handles.map((name) => promises.readlink(join(folder, name)).catch(() => '')), // Closed meanwhile.
  );
  return listeners.some((inode) => held.includes(`socket:[${inode}]`));
}
