import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** The ports of a connection as this side sees them; node's sockets have these. */
interface Ends {
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
}

/** States of proc(5)'s net/tcp: CLOSE_WAIT is our side after the other's end. */
const CLOSE_WAIT = '08';
const NO_INODE = '0';

/**
 * Finds the clients that closed their connection altogether. Without it they look like clients that have only said
 * all they have to say and wait for an answer: TCP tells the two apart no sooner than somebody writes. The kernel
 * knows of clients on this machine whether a process still holds them. Linux only; elsewhere nobody is found.
 */
export async function findLeft(clients: Iterable<Socket>): Promise<Socket[]> {
  const all = [...clients];
  const tables = { IPv4: '', IPv6: '' };
  for (const family of ['IPv4', 'IPv6'] as const) {
    if (all.some((client) => client.remoteFamily === family)) tables[family] = await readTable(family);
  }
  return all.filter((client) => hasLeft(client, client.remoteFamily === 'IPv6' ? tables.IPv6 : tables.IPv4));
}

/** Tells from the text of proc(5)'s net/tcp whether nobody holds the other end of a connection. Pure. */
export function hasLeft({ localPort, remotePort }: Ends, table: string): boolean {
  const [ours, theirs] = [hexPort(localPort), hexPort(remotePort)];
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.some(([, local = '', remote = '', state]) => {
    if (state !== CLOSE_WAIT || !local.endsWith(ours) || !remote.endsWith(theirs)) return false;
    const other = rows.find((row) => row[1] === remote && row[2] === local);
    return other?.[9] === NO_INODE;
  });
}

function hexPort(port = 0): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

async function readTable(family: 'IPv4' | 'IPv6'): Promise<string> {
  // Where there is no such file, nobody is known to have left.
  return readFile(family === 'IPv4' ? '/proc/net/tcp' : '/proc/net/tcp6', 'utf8').catch(() => '');
}
