import { lstatSync, promises, type Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { HotpassError, messageOf } from '../errors.ts';
import type { System } from '../system.ts';
import { makeFolder } from './make-folder.ts';

/** The folders of one user that are outside every project. */
export interface UserDirs {
  /** Sockets of running sessions; gone after a reboot. */
  readonly runtime: string;
  /** What must never lie in a project: port ledger, before-images, trusted hashes. */
  readonly privateState: string;
  readonly config: string;
}

/** Paths of unix sockets hold at most 103 bytes on macOS (107 on Linux); this leaves 39 for the name of one. */
const RUNTIME_MAX_BYTES = 64;

/**
 * Finds the user's own folders by the XDG rules (relative values are ignored).
 * https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function userDirs(sys: Pick<System, 'env' | 'home' | 'uid' | 'platform'>): UserDirs {
  const { XDG_RUNTIME_DIR, XDG_STATE_HOME, XDG_CONFIG_HOME } = sys.env;
  return {
    runtime: runtimeDir(sys, XDG_RUNTIME_DIR),
    privateState: join(absolute(XDG_STATE_HOME) ?? join(sys.home, '.local', 'state'), 'hotpass'),
    config: join(absolute(XDG_CONFIG_HOME) ?? join(sys.home, '.config'), 'hotpass'),
  };
}

/** Lists the folders that `runtime` may be for one user: a login, cron and a service have not the same environment. */
export function runtimeDirs(sys: Pick<System, 'env' | 'home' | 'uid' | 'platform'>): readonly string[] {
  const without = { ...sys, env: { ...sys.env, XDG_RUNTIME_DIR: undefined } };
  const bare = { ...without, env: {} };
  const login = sys.uid < 0 ? [] : [`/run/user/${sys.uid}/hotpass`];
  return [...[sys, without, bare].map((one) => userDirs(one).runtime), ...login];
}

/**
 * Makes a folder that only this user can look into, with its parents, or tightens an own one.
 * Throws `runtime-unsafe` when the folder is a link, a file or another user's, `state-unwritable` when it cannot be made.
 */
export async function ensurePrivateDir(path: string, uid: number): Promise<void> {
  const refusal = await makeFolder(path).then(
    () => undefined,
    (error: unknown) => error,
  );
  const found = await promises.lstat(path).catch((error: unknown) => {
    throw unmakeable(path, refusal ?? error);
  });
  if (found.isSymbolicLink()) throw unsafe(path, 'is a symbolic link', `rm ${path}`);
  if (!found.isDirectory()) throw unsafe(path, 'is not a folder', `rm ${path}`);
  if (uid >= 0 && found.uid !== uid) {
    throw unsafe(
      path,
      `belongs to user ${found.uid}, not to ${uid}`,
      'set XDG_RUNTIME_DIR to a folder of your own',
    );
  }
  // An own folder that others could look into is no attack, only an old umask.
  if ((found.mode & 0o077) !== 0) await promises.chmod(path, 0o700);
}

/** Tells whether a folder is there and nobody else could have put anything into it. Makes and changes nothing. */
export async function isOwnDir(path: string, uid: number): Promise<boolean> {
  const found = lookAt(path);
  if (found === undefined || !found.isDirectory()) return false;
  return (uid < 0 || found.uid === uid) && (found.mode & 0o022) === 0;
}

// At every start: the first hop to the thread pool would cost more than the look.
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    // Absent or out of reach: nothing of ours is in it.
    return undefined;
  }
}

function runtimeDir(sys: Pick<System, 'env' | 'uid'>, given: string | undefined): string {
  const own = sys.uid < 0 ? 'hotpass' : `hotpass-${sys.uid}`;
  const temporary = absolute(sys.env.TMPDIR);
  const candidates = [absolute(given) && join(given ?? '', 'hotpass'), temporary && join(temporary, own)];
  return candidates.find((path) => path !== undefined && isShort(path)) ?? join('/tmp', own);
}

function isShort(path: string): boolean {
  return Buffer.byteLength(path) <= RUNTIME_MAX_BYTES;
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

function unsafe(path: string, what: string, hint: string): HotpassError {
  return new HotpassError('runtime-unsafe', `${path} ${what}`, { hint });
}

function unmakeable(path: string, cause: unknown): HotpassError {
  return new HotpassError('state-unwritable', `folder ${path} cannot be made: ${messageOf(cause)}`, {
    cause,
  });
}
