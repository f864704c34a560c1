import { promises } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HotpassError, isErrno, messageOf } from '../errors.ts';
import { makeFolder } from './make-folder.ts';

const STATE_FOLDER = '.hotpass';

/**
 * Makes a project's state folder, private and invisible to git. A folder that was there before under a name of the
 * user's own choice (`--state-dir .`) keeps its mode and gets no .gitignore: it may hold other things.
 * Throws `state-unwritable`.
 */
export async function ensureStateFolder(folder: string): Promise<void> {
  const made = await ensureFolder(folder);
  if (!made && basename(folder) !== STATE_FOLDER) return;
  await promises
    .writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 })
    .catch((error: unknown) => {
      if (!isErrno(error, 'EEXIST')) throw unwritable(join(folder, '.gitignore'), error);
    });
}

/** Makes a private folder for state and tells whether it is new. Throws `state-unwritable`. */
export async function ensureFolder(folder: string): Promise<boolean> {
  const made = await makeFolder(folder).then(
    (isNew) => ({ isNew, refusal: undefined }),
    (refusal: unknown) => ({ isNew: false, refusal }),
  );
  if (made.isNew) return true;
  const found = await promises.lstat(folder).catch((error: unknown) => {
    throw unwritable(folder, made.refusal ?? error);
  });
  if (!found.isDirectory()) {
    const what = found.isSymbolicLink() ? 'a symbolic link' : 'no folder';
    throw new HotpassError('state-unwritable', `state folder ${folder} is ${what}`, {
      hint: 'give another one with --state-dir',
    });
  }
  const isOurs = basename(folder) === STATE_FOLDER || basename(folder) === 'hotpass';
  if (isOurs && (found.mode & 0o077) !== 0) {
    await promises.chmod(folder, 0o700).catch((error: unknown) => {
      throw unwritable(folder, error);
    });
  }
  return false;
}

/** Translates what the system says about a path that takes no data. */
export function unwritable(path: string, cause: unknown): HotpassError {
  return new HotpassError('state-unwritable', `${path} cannot be written: ${messageOf(cause)}`, {
    hint: `see rights and space: ls -ld ${dirname(path)}; df ${dirname(path)}`,
    state: 'what was there before is unchanged',
    cause,
  });
}
