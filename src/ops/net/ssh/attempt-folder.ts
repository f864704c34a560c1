import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from '../../../errors.ts';
import { unwritable } from '../../../state/folder.ts';
import { ensurePrivateDir } from '../../../state/user-dirs.ts';

/**
 * Makes the folder for the sockets of one ssh in the session's private folder, which a cleaner may have taken away: it
 * is made again then, where nobody else can reach it. Throws `runtime-unsafe`, `state-unwritable`.
 */
export async function makeAttemptFolder(folder: string, uid: number): Promise<void> {
  const session = dirname(folder);
  try {
    // Not `recursive`: node then says ENOENT of a read-only disk.
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (!isErrno(error, 'ENOENT')) throw unwritable(folder, error);
    await ensurePrivateDir(dirname(session), uid);
    await ensurePrivateDir(session, uid);
    await mkdir(folder, { mode: 0o700 }).catch((cause: unknown) => {
      throw unwritable(folder, cause);
    });
  }
}

/**
 * Lets us use a socket of ssh: a StreamLocalBindMask of ssh_config may shut us out, and of that option ssh takes the last
 * value, not the first.
 */
export async function admitUs(socket: string): Promise<void> {
  await chmod(socket, 0o600).catch(() => {
    // Gone again: ssh is ending, and that is told by its end.
  });
}
