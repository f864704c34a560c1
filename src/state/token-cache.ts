// A warm `aws token` reads this file and nothing else of ours: it may import from node alone.
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

/** For which cluster a token is wanted, and by whom; left out as on the command line. */
export interface TokenWish {
  readonly cluster?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
}

/** Whose cache it is. */
export interface TokenCacheOwner {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  readonly now: Date;
}

/** The state of a file or folder that credentials come from. */
export type WatchedState = readonly [path: string, state: string];

/** A token as it is kept. */
export interface KeptToken {
  /** Secret. */
  readonly token: string;
  /** Both in milliseconds since 1970. */
  readonly madeAt: number;
  readonly expiresAt: number;
  readonly watched: readonly WatchedState[];
}

/** A token is not given out in its last minute: whoever asks wants to work with it. */
const REST_MS = 60_000;
/** As long as a cluster takes one. */
const TOKEN_MS = 15 * 60_000;
const MOST_BYTES = 1 << 20;
const MOST_FILES = 200;

/**
 * Gives the file of a token, named by a hash over all of the wish and the environment that decides who signs;
 * undefined where nothing may be kept: without a home, and on systems without owners and modes of files.
 */
export function tokenFile({ env, uid }: TokenCacheOwner, wish: TokenWish): string | undefined {
  const { HOME = '', XDG_STATE_HOME = '' } = env;
  if (uid < 0 || !isAbsolute(HOME)) return undefined;
  const state = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(HOME, '.local', 'state');
  const variables = Object.entries(env).filter(([name]) => name.startsWith('AWS_'));
  const { cluster, region, profile, roleArn } = wish;
  const key = [1, HOME, cluster ?? 0, region ?? 0, profile ?? 0, roleArn ?? 0, variables.sort()];
  return join(state, 'hotpass', 'eks-tokens', `${hash(JSON.stringify(key))}.json`);
}

/** Gives a kept token that is good beyond any doubt: private, not about to end, and its sources are as they were. */
export function findToken({ uid, now }: TokenCacheOwner, file: string): KeptToken | undefined {
  try {
    if (!isPrivate(lstatSync(dirname(file)), uid, 'isDirectory')) return undefined;
    const kept = parseKept(readPrivate(file, uid));
    if (kept === undefined || !isGood(kept, now.getTime())) return undefined;
    return kept.watched.every(([path, state]) => stateOf(path) === state) ? kept : undefined;
  } catch {
    // Absent, out of reach or damaged: another one is made.
    return undefined;
  }
}

/** Gives the state of a file or folder as a text that differs after each change; undefined for what cannot be told. */
export function stateOf(path: string): string | undefined {
  if (!isAbsolute(path)) return undefined;
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return 'absent';
  const times = `${found.ino} ${found.mtimeNs} ${found.size}`;
  if (found.isFile()) return found.size > MOST_BYTES ? undefined : `${times} ${hash(readFileSync(path))}`;
  if (!found.isDirectory()) return undefined;
  const names = readdirSync(path).sort();
  const states = names.length > MOST_FILES ? [undefined] : names.map((name) => fileState(join(path, name)));
  return states.includes(undefined) ? undefined : `${times} ${hash(JSON.stringify([names, states]))}`;
}

/** A clock that was set back since says nothing about the end. */
function isGood({ madeAt, expiresAt }: KeptToken, now: number): boolean {
  return madeAt <= now && now < expiresAt - REST_MS && expiresAt - madeAt <= TOKEN_MS;
}

/** Folders in a folder of caches are nobody's source. */
function fileState(path: string): string | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? 'folder' : stateOf(path);
}

function readPrivate(file: string, uid: number): string {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = fstatSync(handle);
    return isPrivate(found, uid, 'isFile') && found.size <= MOST_BYTES ? readFileSync(handle, 'utf8') : '';
  } finally {
    closeSync(handle);
  }
}

function isPrivate(found: Stats, uid: number, kind: 'isFile' | 'isDirectory'): boolean {
  return found[kind]() && found.uid === uid && (found.mode & 0o077) === 0;
}

function parseKept(text: string): KeptToken | undefined {
  const kept: unknown = JSON.parse(text);
  if (typeof kept !== 'object' || kept === null) return undefined;
  if (!('token' in kept && 'madeAt' in kept && 'expiresAt' in kept && 'watched' in kept)) return undefined;
  const { token, madeAt, expiresAt, watched } = kept;
  if (typeof token !== 'string' || !/^k8s-aws-v1\.[\w-]+$/.test(token)) return undefined;
  if (typeof madeAt !== 'number' || typeof expiresAt !== 'number') return undefined;
  if (!Array.isArray(watched) || watched.length === 0 || !watched.every(isWatched)) return undefined;
  return { token, madeAt, expiresAt, watched };
}

function isWatched(pair: unknown): pair is WatchedState {
  return Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string';
}

function hash(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
