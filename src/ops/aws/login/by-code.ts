import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { findBrowser, openBrowser } from './browser.ts';
import type { DeviceCode } from './oidc.ts';
import type { Login, Registration } from './sso-cache.ts';
import { type Given, registerOnce, type Way } from './way.ts';

/** RFC 8628, 3.5. */
const SLOWER_MS = 5_000;
/** What may pass while somebody looks for the code. */
const PASSING = ['aws-unreachable', 'aws-throttled'];

/**
 * Logs in by a code that somebody confirms in a browser, here or elsewhere; `opens` one here. Throws `login-failed` when
 * it is declined, or not confirmed in time, and `interrupted`.
 */
export async function logInByCode(
  sys: System,
  way: Way,
  { opens }: { readonly opens: boolean },
): Promise<Given> {
  const { startUrl } = way.sso;
  let registration = await registerOnce(sys, way, undefined);
  let code = await way.oidc.startDevice(registration, startUrl, sys.signal);
  if (code === undefined) {
    registration = await registerOnce(sys, way, undefined, true);
    code = await way.oidc.startDevice(registration, startUrl, sys.signal);
  }
  if (code === undefined) throw new HotpassError('aws-failed', 'IAM Identity Center takes no client');
  const isPage = /^https?:$/.test(URL.canParse(code.wholePage) ? new URL(code.wholePage).protocol : '');
  const browser = opens && isPage ? findBrowser(sys, code.wholePage) : undefined;
  if (browser === undefined && way.tell === undefined) {
    throw new HotpassError(
      'login-needed',
      'nobody is there to see the page and the code of the login: no terminal',
      {
        hint: 'hotpass aws login --device-code',
      },
    );
  }
  tellCode(way, code);
  if (browser !== undefined) await openBrowser(sys, browser);
  return { login: await waitForLogin(sys, way, registration, code), registration };
}

function tellCode({ tell, sso }: Way, { page, wholePage, userCode }: DeviceCode): void {
  tell?.(`to log in to ${sso.startUrl}, open ${wholePage}`);
  tell?.(`and confirm the code ${userCode}${wholePage === page ? '' : `  (to type it: ${page})`}`);
}

async function waitForLogin(
  sys: System,
  { oidc }: Way,
  registration: Registration,
  { deviceCode, intervalMs, goodForMs }: DeviceCode,
): Promise<Login> {
  const deadline = sys.monotonic() + goodForMs;
  sys.out.progress('waiting for the confirmation …');
  for (let pauseMs = intervalMs; sys.monotonic() < deadline; ) {
    await sys.sleep(pauseMs);
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'the login was given up');
    const answer = await oidc.createToken(registration, { deviceCode }, sys.signal).catch(waitIfPassing);
    if (answer === 'slow-down') pauseMs += SLOWER_MS;
    else if (answer !== 'pending') return answer;
  }
  throw new HotpassError('login-failed', 'nobody confirmed the login in time');
}

function waitIfPassing(error: unknown): 'pending' {
  if (error instanceof HotpassError && PASSING.includes(error.code)) return 'pending';
  throw error;
}
