import type { System } from '../../../system.ts';
import type { SsoOidc } from './oidc.ts';
import { type Login, type Registration, readRegistration, writeRegistration } from './sso-cache.ts';
import type { SsoConfig } from './sso-config.ts';

/** Where a login goes, and who is told what to do. */
export interface Way {
  readonly sso: SsoConfig;
  /** The cache of logins. */
  readonly folder: string;
  readonly oidc: SsoOidc;
  /** Undefined where nobody would see it. */
  readonly tell: ((text: string) => void) | undefined;
}

/** A login, and what it was asked for with. */
export interface Given {
  readonly login: Login;
  readonly registration: Registration;
}

/**
 * Registers this program as one that people log in with: once for each service, and again when that has ended, or where
 * the one that is kept `isRefused`. Throws `state-unwritable` and what the service says.
 */
export async function registerOnce(
  sys: Pick<System, 'now' | 'signal'>,
  { sso, folder, oidc }: Way,
  redirectUri: string | undefined,
  isRefused = false,
): Promise<Registration> {
  const { session, startUrl, region, scopes } = sso;
  const kind = redirectUri === undefined ? 'code' : 'browser';
  const key = JSON.stringify([
    'hotpass',
    kind,
    oidc.endpoint.href,
    region,
    startUrl,
    session ?? null,
    scopes,
  ]);
  const kept = isRefused ? undefined : await readRegistration(folder, key, sys.now());
  if (kept !== undefined) return kept;
  const browser = redirectUri === undefined ? {} : { browser: { redirectUri, issuerUrl: startUrl } };
  const made = await oidc.registerClient({ name: clientName(session), scopes, ...browser }, sys.signal);
  await writeRegistration(folder, key, made);
  return made;
}

/** Shown to who is asked to confirm the login. */
function clientName(session: string | undefined): string {
  return `hotpass${session === undefined ? '' : ` ${session}`}`;
}
