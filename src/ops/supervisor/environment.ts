import type { Environment } from '../../system.ts';

/** Variable that marks every process of a session; its value is the session's nonce. */
export const NONCE_VARIABLE = 'HOTPASS_SESSION_NONCE';

/**
 * What a background process and its children may see. It lives for days, so it gets what ssh and its ProxyCommand
 * need to work and no keys, tokens or passwords. `NODE_OPTIONS` stays out: it would run foreign code in us.
 */
const PASSED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'TZ',
  'SSH_AUTH_SOCK',
  'SSH_SK_HELPER',
  'SSH_SK_PROVIDER',
  'KRB5CCNAME',
  'KRB5_CONFIG',
  'XDG_RUNTIME_DIR',
  'XDG_STATE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'AWS_PROFILE',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
  'HOTPASS_DEBUG',
] as const;

/** Builds the environment of a session's processes from the one that we were started with. */
export function scrubEnvironment(env: Environment, nonce: string): Record<string, string> {
  const passed: Record<string, string> = { LC_ALL: 'C', [NONCE_VARIABLE]: nonce };
  for (const name of PASSED) {
    const value = env[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/**
 * Takes what AWS's own libraries read out of the environment, keys and tokens too. A process that is to call AWS gets it
 * over the channel to its starter: what a process is started with stands in /proc for as long as it lives.
 */
export function awsEnvironment(env: Environment): Record<string, string> {
  const entries = Object.entries(env).filter(([name]) => name.startsWith('AWS_') || EXTRA.includes(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;

/** AWS keys out of an environment. Secret. */
export type AwsKeys = Readonly<Partial<Record<(typeof KEYS)[number], string>>>;

/** Takes the keys out of an environment; undefined where it has none. */
export function awsKeys(env: Environment): AwsKeys | undefined {
  if (!env.AWS_ACCESS_KEY_ID || !env.AWS_SECRET_ACCESS_KEY) return undefined;
  return Object.fromEntries(KEYS.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** Puts keys into an environment, in place of those that are there. */
export function putKeys(env: Record<string, string | undefined>, keys: AwsKeys): void {
  for (const name of KEYS) env[name] = keys[name];
}

/** The way to AWS; a proxy may have a password. Node reads the certificates at its start alone. */
const EXTRA: readonly string[] = ['HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']
  .flatMap((name) => [name, name.toLowerCase()])
  .concat('NODE_EXTRA_CA_CERTS');

/** Tells an environment from anything else that came over a channel. */
export function isEnvironment(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'string')
  );
}
