import { promises } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from '../errors.ts';

/**
 * Makes a folder with its parents, each for this user alone, and tells whether it is new. Throws what the system says.
 * Node's own recursive mkdir tries for ever where a file system says ENOENT of a folder whose parent is there, as
 * /proc does.
 */
export async function makeFolder(path: string): Promise<boolean> {
  const made = await tryMake(path);
  if (made !== 'no parent') return made;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await promises.mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
    // Another process was faster.
    if (!isErrno(error, 'EEXIST')) throw error;
  });
  return true;
}

async function tryMake(path: string): Promise<boolean | 'no parent'> {
  try {
    await promises.mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (isErrno(error, 'ENOENT')) return 'no parent';
    throw error;
  }
}
