import { readFile } from 'node:fs/promises';

/** Flag of a socket that takes connections (__SO_ACCEPTCON), as /proc/net/unix prints it: proc(5). */
const ACCEPTS = '00010000';

/**
 * Tells whether anybody still takes connections on a unix socket, named as it was bound; undefined where the system
 * does not show it. The file may be there long after, or gone long before.
 */
export async function isListening(path: string): Promise<boolean | undefined> {
  // Other systems have no such file.
  const table = await readFile('/proc/net/unix', 'utf8').catch(() => undefined);
  return table === undefined ? undefined : hasListener(path, table);
}

/** Tells the same from the text of /proc/net/unix. Pure. */
export function hasListener(path: string, table: string): boolean {
  return table.split('\n').some((line) => line.endsWith(` ${path}`) && line.split(/\s+/)[3] === ACCEPTS);
}
