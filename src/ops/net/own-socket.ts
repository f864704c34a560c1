import { promises } from 'node:fs';
import { basename, dirname } from 'node:path';
import { HotpassError, isErrno } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import { isOwnDir, runtimeDirs } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/ask-control.ts';
import type { ControlRequest } from '../supervisor/control.ts';

/** What it takes to tell the user's own folders. */
export type FolderSystem = Pick<System, 'env' | 'home' | 'uid' | 'platform'>;

/**
 * Asks the background process of a recorded session, as `askControl` does. A record may come with a project from
 * elsewhere: a socket that is not where we would put it is not even connected to, and throws `supervisor-silent`.
 */
export async function askSession(
  sys: FolderSystem,
  session: Session,
  request: ControlRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<unknown | undefined> {
  if (await isOwnSocket(sys, session)) return askControl(session.socket, request, timeoutMs, signal);
  // A cleaner may have taken the folder: nobody is there then.
  if (isNamedAsOurs(sys, session) && (await isAbsent(dirname(session.socket)))) return undefined;
  throw new HotpassError('supervisor-silent', `${session.socket} is not a control socket of this user`);
}

/** Tells whether a record names its socket as we would, in a folder that nobody else can put anything into. */
export async function isOwnSocket(
  sys: FolderSystem,
  { id, socket }: Pick<Session, 'id' | 'socket'>,
): Promise<boolean> {
  return isNamedAsOurs(sys, { id, socket }) && isOwnDir(dirname(socket), sys.uid);
}

function isNamedAsOurs(sys: FolderSystem, { id, socket }: Pick<Session, 'id' | 'socket'>): boolean {
  return basename(socket) === `${id}.sock` && runtimeDirs(sys).includes(dirname(socket));
}

async function isAbsent(path: string): Promise<boolean> {
  return promises.lstat(path).then(
    () => false,
    (error: unknown) => isErrno(error, 'ENOENT', 'ENOTDIR'),
  );
}
