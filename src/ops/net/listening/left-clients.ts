import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** The ports of a connection as this side sees them; node's sockets have these. */
interface Ends {
  readonly localPort?: number | undefined;
  readonly remotePort?: number | undefined;
}

interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  readonly inode: string;
}

/** What the kernel knows of connections, by their two ports (`:1068:D2F0`). */
type Connections = ReadonlyMap<string, readonly Connection[]>;

const NO_CONNECTIONS: Connections = new Map();

/** States of proc(5)'s net/tcp: CLOSE_WAIT is our side after the other's end. */
const CLOSE_WAIT = '08';
const NO_INODE = '0';

/** Where a client is: `unknown` on another machine, or where the system does not tell. */
export type Whereabouts = 'here' | 'left' | 'unknown';

/** Finds the clients that closed their connection altogether, see `locateClients`. */
export async function findLeft(clients: Iterable<Socket>): Promise<Socket[]> {
  const located = await locateClients(clients);
  return [...located].flatMap(([client, where]) => (where === 'left' ? [client] : []));
}

/**
 * Tells which clients closed their connection altogether. Without it they look like clients that have only said all
 * they have to say and wait for an answer: TCP tells the two apart no sooner than somebody writes. The kernel knows of
 * clients on this machine whether a process still holds them. Linux only.
 */
export async function locateClients(clients: Iterable<Socket>): Promise<ReadonlyMap<Socket, Whereabouts>> {
  const all = [...clients];
  const tables = { IPv4: NO_CONNECTIONS, IPv6: NO_CONNECTIONS };
  for (const family of ['IPv4', 'IPv6'] as const) {
    if (all.some((client) => client.remoteFamily === family)) tables[family] = await readTable(family);
  }
  return new Map(
    all.map((client) => [client, locate(client, client.remoteFamily === 'IPv6' ? tables.IPv6 : tables.IPv4)]),
  );
}

/** Tells whether anybody holds the other end of a connection whose client has ended. Pure. */
export function locate({ localPort, remotePort }: Ends, table: Connections): Whereabouts {
  const [ours, theirs] = [hexPort(localPort), hexPort(remotePort)];
  for (const { local, remote, state } of table.get(ours + theirs) ?? []) {
    const other = table.get(theirs + ours)?.find((row) => row.local === remote && row.remote === local);
    if (other !== undefined) return state === CLOSE_WAIT && other.inode === NO_INODE ? 'left' : 'here';
  }
  return 'unknown';
}

/** Reads the text of proc(5)'s net/tcp. */
export function parseConnections(text: string): Connections {
  const table = new Map<string, Connection[]>();
  for (const line of text.split('\n')) {
    const [, local = '', remote = '', state = '', , , , , , inode = ''] = line.trim().split(/\s+/);
    const ports = portOf(local) + portOf(remote);
    const row = { local, remote, state, inode };
    const same = table.get(ports);
    if (same === undefined) table.set(ports, [row]);
    else same.push(row);
  }
  return table;
}

function portOf(address: string): string {
  return address.slice(address.lastIndexOf(':'));
}

function hexPort(port = 0): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}

async function readTable(family: 'IPv4' | 'IPv6'): Promise<Connections> {
  // Where there is no such file, nobody is known to have left.
  const text = await readFile(family === 'IPv4' ? '/proc/net/tcp' : '/proc/net/tcp6', 'utf8').catch(() => '');
  return parseConnections(text);
}
