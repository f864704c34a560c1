import { readdir, readFile, readlink } from 'node:fs/promises';

/** What the kernel knows of the plugin's way to the service. */
export type WebsocketLook =
  | 'there'
  /** No connection leads out of the process. */
  | 'gone'
  /** What was sent is not acknowledged, by whoever has the other end of the connection. */
  | 'silent';

/** Columns and states of proc(5)'s net/tcp. */
const ESTABLISHED = '01';
/** The kernel's sixth try: more than 6 s after the first. */
const MANY_RETRIES = 5;
/** Go asks an idle peer each 15 s. */
const MANY_PROBES = 2;

/**
 * Looks at the connections of a plugin, but for those of certain ports: it says nothing when it loses its own. Linux
 * only; undefined elsewhere, and when the process is gone.
 */
export async function lookAtWebsocket(
  pid: number,
  ports: readonly number[],
): Promise<WebsocketLook | undefined> {
  try {
    const folder = `/proc/${pid}/fd`;
    // A file that was closed meanwhile is none of its sockets.
    const links = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
    const inodes = new Set(
      (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []),
    );
    const tables = ['tcp', 'tcp6'].map((name) =>
      readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => ''),
    );
    return readLook((await Promise.all(tables)).join('\n'), inodes, ports);
  } catch {
    // Another system, or the process has just gone, which is told elsewhere.
    return undefined;
  }
}

/** Takes the same from the text of net/tcp and the inodes of the process. Pure. */
export function readLook(
  table: string,
  inodes: ReadonlySet<string>,
  ports: readonly number[],
): WebsocketLook {
  const others = ports.map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
  const isOther = (end: string) => others.some((other) => end.endsWith(other));
  const ways = table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', remote = '', state, , , , , , inode = '']) => {
      return state === ESTABLISHED && inodes.has(inode) && !isOther(local) && !isOther(remote);
    });
  if (ways.length === 0) return 'gone';
  const isSilent = ways.every(
    ([, , , , , , retries = '0', , probes = '0']) =>
      Number.parseInt(retries, 16) >= MANY_RETRIES || Number(probes) >= MANY_PROBES,
  );
  return isSilent ? 'silent' : 'there';
}
