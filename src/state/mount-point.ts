import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isErrno } from '../errors.ts';

/** Finds the folder where the disk of a path is mounted; undefined when that cannot be told. */
export async function findMountPoint(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  const [here, above] = await Promise.all([deviceOf(path), deviceOf(parent)]);
  if (here === undefined || above === undefined) return undefined;
  return parent === path || here !== above ? path : findMountPoint(parent);
}

/** Tells whether a folder is gone for good: it is not there, and the disk that it was on is. */
export async function isDeleted(folder: string, mountPoint: string | undefined): Promise<boolean> {
  if (mountPoint === undefined) return false;
  const isGone = await stat(folder).then(
    () => false,
    (error: unknown) => isErrno(error, 'ENOENT'),
  );
  return isGone && (await findMountPoint(mountPoint)) === mountPoint;
}

async function deviceOf(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then(
    ({ dev }) => dev,
    () => undefined, // Absent or out of reach.
  );
}
