import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FoundCredentials } from '../../../aws.ts';
import { isErrno } from '../../../errors.ts';
import { stateOf, type WatchedState } from '../../../state/token-cache.ts';
import type { Environment } from '../../../system.ts';

/** What credentials may come from, as it is before they are looked for. */
export interface TokenSources {
  readonly watched: readonly WatchedState[];
  /** Something on the way to credentials is not a file, so that nothing tells when it changes. */
  readonly hasUnseen: boolean;
}

const TOKEN_FILE = /^\s*web_identity_token_file\s*=\s*(.*?)\s*$/gm;
const UNSEEN_SETTING = /^\s*(?:credential_process|credential_source)\s*=/m;
const UNSEEN_VARIABLES = [
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
] as const;

/**
 * Takes the state of all files that may decide who signs a token; of them all, also those of other profiles: reading
 * which ones count would be a second opinion on AWS's config files. Undefined where one of them cannot be told.
 */
export function readTokenSources(env: Environment, home: string): TokenSources | undefined {
  // A home that is not there is not to be made for a cache.
  if (!existsSync(home)) return undefined;
  const aws = join(home, '.aws');
  const configs = [
    env.AWS_CONFIG_FILE || join(aws, 'config'),
    env.AWS_SHARED_CREDENTIALS_FILE || join(aws, 'credentials'),
  ];
  const caches = [join(aws, 'sso', 'cache'), env.AWS_LOGIN_CACHE_DIRECTORY || join(aws, 'login', 'cache')];
  const known = [...configs, ...caches].map(watch);
  // After the states: what changes in between then counts as changed.
  const text = configs.map(readText).join('\n');
  const named = [...text.matchAll(TOKEN_FILE)].map(([, path = '']) => path);
  const tokenFiles = env.AWS_WEB_IDENTITY_TOKEN_FILE ? [env.AWS_WEB_IDENTITY_TOKEN_FILE, ...named] : named;
  const watched = [...known, ...tokenFiles.map(watch)].filter((one) => one !== undefined);
  if (watched.length < known.length + tokenFiles.length) return undefined;
  const hasUnseen =
    UNSEEN_SETTING.test(text) ||
    UNSEEN_VARIABLES.some((name) => env[name]) ||
    env.AWS_EC2_METADATA_DISABLED === 'false';
  return { watched, hasUnseen };
}

/** Tells whether credentials stay what they are for as long as these sources do. Pure. */
export function isSettled({ provider, expiresAt }: FoundCredentials, { hasUnseen }: TokenSources): boolean {
  switch (provider) {
    case 'container':
    case 'instance':
      return false;
    case 'process':
      // Without an end, the program may give others the next time.
      return expiresAt !== undefined;
    case 'assumed-role':
      return !hasUnseen;
    default:
      return true;
  }
}

function watch(path: string): WatchedState | undefined {
  const state = stateOf(path);
  return state === undefined ? undefined : [path, state];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}
