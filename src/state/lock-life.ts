// How who waits for a lock sees from another PID namespace whether its holder lives. A pid says nothing over there, but
// a socket that the holder listens on does: the kernel lets go of it with the process, however that ends, and keeps it
// while the process is only stopped. It is the same socket for everybody who shares the folder on one kernel.
import { closeSync, constants, openSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../errors.ts';
import type { System } from '../system.ts';

/** A sign of life of this process beside a lock. */
export interface Life {
  /** Device and number of its file: what is looked at from elsewhere must be this very one. */
  readonly mark: string;
  end(): void;
}

/** Shows that this process lives for as long as it does; undefined where the system or the folder cannot. */
export async function showLife(
  sys: Pick<System, 'platform'>,
  lock: string,
  token: string,
): Promise<Life | undefined> {
  // Elsewhere there are no PID namespaces.
  if (sys.platform !== 'linux') return undefined;
  const folder = openFolder(lock);
  if (folder === undefined) return undefined;
  const path = lifePath(lock, token);
  const server = createServer((visitor) => visitor.destroy()).unref();
  const end = () => {
    server.close();
    rmSync(path, { force: true });
    closeSync(folder);
  };
  try {
    await listening(server, reach(folder, path));
    return { mark: markOf(path), end };
  } catch {
    // A disk without sockets, or a full one: the lock itself says what is wrong.
    end();
    return undefined;
  }
}

/** Tells what has become of the holder of a lock, of this kernel and in whatever namespace. */
export async function judgeLife(
  lock: string,
  token: string,
  mark: string,
): Promise<'alive' | 'dead' | 'unknown'> {
  const folder = openFolder(lock);
  if (folder === undefined) return 'unknown';
  const path = lifePath(lock, token);
  try {
    // Of one disk mounted twice each mount has sockets of its own, and the other's seem dead.
    return markOf(path) === mark ? await visit(reach(folder, path)) : 'unknown';
  } catch {
    // Its file is gone: removed by its holder a moment ago, or by a cleaner.
    return 'unknown';
  } finally {
    closeSync(folder);
  }
}

/** Gives the path of a sign of life. */
export function lifePath(lock: string, token: string): string {
  return `${lock}.${token}.life`;
}

function openFolder(lock: string): number | undefined {
  try {
    return openSync(dirname(lock), constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    // The lock itself says what is wrong.
    return undefined;
  }
}

/** Names of sockets hold 107 bytes, and state folders may be deep: this name of it is short. */
function reach(folder: number, path: string): string {
  return join('/proc/self/fd', String(folder), basename(path));
}

function markOf(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}

function visit(path: string): Promise<'alive' | 'dead' | 'unknown'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', (error) => resolve(isErrno(error, 'ECONNREFUSED') ? 'dead' : 'unknown'));
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
  });
}
