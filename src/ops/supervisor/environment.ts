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
