import { readFile } from 'node:fs/promises';

/** Flag of a socket that takes connections (__SO_ACCEPTCON), as /proc/net/unix prints it: proc(5). */
const ACCEPTS = '00010000';

/**
 * Finds the inodes of the sockets that take connections on a path, named as it was bound, as a process (default: this
 * one) sees them; undefined where the system does not show it. The file may be there long after, or gone long before.
 */
export async function findListeners(
  path: string,
  pid: number | 'self' = 'self',
): Promise<string[] | undefined> {
  // Other systems have no such file.
  const table = await readFile(`/proc/${pid}/net/unix`, 'utf8').catch(() => undefined);
  return table === undefined ? undefined : parseListeners(path, table);
}

/** Takes the same from the text of /proc/net/unix. Pure. */
export function parseListeners(path: string, table: string): string[] {
  return table.split('\n').flatMap((line) => {
    if (!line.endsWith(` ${path}`)) return [];
    const [, , , flags, , , inode = ''] = line.trim().split(/\s+/);
    return flags === ACCEPTS ? [inode] : [];
  });
}
