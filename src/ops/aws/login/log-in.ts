import { HotpassError } from '../../../errors.ts';
import { shellWord } from '../../../shell-words.ts';
import type { System } from '../../../system.ts';
import { openDoor } from '../connection/door.ts';
import { hasKeys, readSettings } from '../settings.ts';
import { findBrowser, isRemote } from './browser.ts';
import { logInByBrowser } from './by-browser.ts';
import { logInByCode } from './by-code.ts';
import { createSsoOidc } from './oidc.ts';
import { prepareCache, ssoCacheFolder, writeLogin } from './sso-cache.ts';
import { findSso } from './sso-config.ts';
import type { Way } from './way.ts';

/** Who is to log in, and how. */
export interface LoginWish {
  /** Default: AWS_PROFILE, else `default`. */
  readonly profile: string | undefined;
  /** By a code that is confirmed anywhere, in place of a browser on this machine. */
  readonly deviceCode: boolean;
  /** Tells the person what to do; undefined where nobody would see it. */
  readonly tell: ((text: string) => void) | undefined;
}

/** A login that was made; nothing of it is secret. */
export interface LoggedIn {
  readonly profile: string;
  /** Name of the sso-session; profiles of the older form have none. */
  readonly session?: string;
  readonly startUrl: string;
  readonly expiresAt: Date;
}

/** The files may name no region for the profile itself, and a login needs none but that of the sso-session. */
const ANY_REGION = 'us-east-1';

/**
 * Logs in to IAM Identity Center, and puts the login where SDKs, AWS CLI and Terraform look for it. Throws
 * `profile-unknown`, `sso-not-configured`, `state-unwritable`, `login-failed`, `interrupted`, and what the service says.
 */
export async function logIn(sys: System, wish: LoginWish): Promise<LoggedIn> {
  const profile = wish.profile ?? (sys.env.AWS_PROFILE || 'default');
  const settings = await readSettings(sys.env, { profile, region: ANY_REGION });
  const sso = findSso(profile, settings.section, settings.sections);
  const folder = ssoCacheFolder(sys);
  await prepareCache(folder);
  const door = await openDoor(sys.env, { ...settings, region: sso.region }, { now: sys.now });
  if (wish.profile === undefined && hasKeys(sys.env)) {
    sys.out.warn('AWS_ACCESS_KEY_ID is set, and counts before this login where no profile is named');
  }
  const way: Way = { sso, folder, oidc: createSsoOidc(door, sys.now), tell: wish.tell };
  // As the AWS CLI does: a profile of the older form has no login by browser.
  const byBrowser =
    !wish.deviceCode && sso.session !== undefined && !isRemote(sys) && findBrowser(sys, 'x') !== undefined;
  try {
    const { login, registration } = await (byBrowser
      ? logInByBrowser(sys, way)
      : logInByCode(sys, way, { opens: !wish.deviceCode }));
    await writeLogin(folder, sso, login, registration);
    const { session, startUrl } = sso;
    return { profile, ...(session === undefined ? {} : { session }), startUrl, expiresAt: login.expiresAt };
  } catch (error) {
    throw withNext(error, profile);
  }
}

function withNext(error: unknown, profile: string): unknown {
  if (!(error instanceof HotpassError) || error.code !== 'login-failed') return error;
  return new HotpassError(error.code, error.message, {
    hint: `hotpass aws login --profile ${shellWord(profile)}`,
    state: 'the login from before is unchanged',
    cause: error.cause,
  });
}
