// What a config file says decides where tokens and connections go, so its bytes are read from the very
// descriptor whose owner and mode were checked.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { HotpassError, isErrno, messageOf } from '../errors.ts';
import type { System } from '../system.ts';
import { quotePath, showPath } from './paths.ts';

/** A file's text, and the name that messages use for it. */
export interface TrustedFile {
  readonly path: string;
  readonly shown: string;
  readonly text: string;
}

/** Largest config file that is read, in bytes. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads a file that only this user or root can change; undefined when there is none.
 * Throws `config-untrusted` and `config-invalid`.
 */
export async function readTrusted(
  sys: Pick<System, 'cwd' | 'home' | 'uid'>,
  path: string,
): Promise<TrustedFile | undefined> {
  const shown = showPath(path, sys);
  // Without the thread pool: its first use would cost a start more than these small files do.
  const file = openExisting(path, shown);
  if (file === undefined) return undefined;
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw invalid(shown, 'is not a regular file');
    if (sys.uid >= 0) checkOwner(sys.uid, stats, shown);
    if (stats.size > MAX_CONFIG_BYTES) throw invalid(shown, `is larger than ${MAX_CONFIG_BYTES} bytes`);
    return { path, shown, text: decode(readBounded(file, shown), shown) };
  } finally {
    closeSync(file);
  }
}

function openExisting(path: string, shown: string): number | undefined {
  try {
    // Non-blocking: a named pipe in the place of a config must not hang the program.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new HotpassError('config-invalid', `${shown} cannot be read: ${messageOf(error)}`, {
      hint: `ls -l ${quotePath(shown)}`,
      details: { file: path },
      cause: error,
    });
  }
}

interface Ownership {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

function checkOwner(uid: number, file: Ownership, shown: string): void {
  const mode = (file.mode & 0o7777).toString(8).padStart(4, '0');
  const details = { file: shown, owner: file.uid, group: file.gid, mode };
  if (file.uid !== uid && file.uid !== 0) {
    const mend =
      uid === 0
        ? `run hotpass as uid ${file.uid}, not as root`
        : `read it, then: sudo chown ${uid} ${quotePath(shown)}`;
    throw new HotpassError(
      'config-untrusted',
      `${shown} belongs to uid ${file.uid}, not to you (uid ${uid}) or root`,
      {
        hint: mend,
        details,
      },
    );
  }
  // A group of the same number is the user's own private group: nobody else is in it.
  const groupWrites = (file.mode & 0o020) !== 0 && file.gid !== file.uid;
  if (groupWrites || (file.mode & 0o002) !== 0) {
    const who = (file.mode & 0o002) !== 0 ? 'everyone' : `group ${file.gid}`;
    throw new HotpassError('config-untrusted', `${shown} can be changed by ${who} (mode ${mode})`, {
      hint: `chmod go-w ${quotePath(shown)}`,
      details,
    });
  }
}

function readBounded(file: number, shown: string): Uint8Array {
  const buffer = new Uint8Array(MAX_CONFIG_BYTES + 1);
  let length = 0;
  for (;;) {
    const bytesRead = readSync(file, buffer, length, buffer.length - length, null);
    length += bytesRead;
    if (length > MAX_CONFIG_BYTES) throw invalid(shown, `is larger than ${MAX_CONFIG_BYTES} bytes`);
    if (bytesRead === 0) return buffer.subarray(0, length);
  }
}

function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new HotpassError('config-invalid', `${shown} is not UTF-8 text`, { cause: error });
  }
}

function invalid(shown: string, what: string): HotpassError {
  return new HotpassError('config-invalid', `${shown} ${what}`, {
    hint: `ls -l ${quotePath(shown)}`,
    details: { file: shown },
  });
}
