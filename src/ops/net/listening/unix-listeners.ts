import { readFile } from 'node:fs/promises';

/** Flag of a socket that takes connections (__SO_ACCEPTCON), as /proc/net/unix prints it: proc(5). */
const ACCEPTS = '00010000';

/**
 * The kernel gives the table in pieces: a line is passed over now and then while other sockets come and go. What is
 * not there is looked for again; what is gone stays gone.
 */
const LOOKS = 5;

/**
 * Finds the inodes of the sockets that take connections on a path, named as it was bound, as a process (default: this
 * one) sees them; undefined where the system does not show it. The file may be there long after, or gone long before.
 */
export async function findListeners(
  path: string,
  pid: number | 'self' = 'self',
): Promise<string[] | undefined> {
  for (let look = 1; ; look += 1) {
    // Other systems have no such file.
    const table = await readFile(`/proc/${pid}/net/unix`, 'utf8').catch(() => undefined);
    if (table === undefined) return undefined;
    const found = parseListeners(path, table);
    if (found.length > 0 || look === LOOKS) return found;
  }
}

/** Takes the same from the text of /proc/net/unix. Pure. */
export function parseListeners(path: string, table: string): string[] {
  return table.split('\n').flatMap((line) => {
    if (!line.endsWith(` ${path}`)) return [];
    const [, , , flags, , , inode = ''] = line.trim().split(/\s+/);
    return flags === ACCEPTS ? [inode] : [];
  });
}
