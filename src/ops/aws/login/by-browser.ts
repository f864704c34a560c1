import { createHash, randomBytes } from 'node:crypto';
import { HotpassError } from '../../../errors.ts';
import { whenAborted } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { type Callback, listenForCode, REGISTERED_REDIRECT } from './callback.ts';
import type { Registration } from './sso-cache.ts';
import { type Given, registerOnce, type Way } from './way.ts';

/** As long as a code of the other kind is good. */
const LONGEST_MS = 600_000;

/**
 * Logs in by a browser on this machine, which comes back with a code that is good for this process alone (RFC 7636).
 * Throws `login-failed` when it is declined, or nobody comes in time, and `interrupted`.
 */
export async function logInByBrowser(sys: System, way: Way): Promise<Given> {
  const [state, codeVerifier] = [
    randomBytes(32).toString('base64url'),
    randomBytes(48).toString('base64url'),
  ];
  const registration = await registerOnce(sys, way, REGISTERED_REDIRECT);
  const callback = await listenForCode(state);
  try {
    const { redirectUri } = callback;
    const page = authorizePage(way, registration, { state, codeVerifier, redirectUri });
    way.tell?.(`to log in to ${way.sso.startUrl}, open ${page}`);
    const browser = findBrowser(sys, page);
    const fail = () =>
      way.tell?.('no browser could be opened here; open the page yourself, or take --device-code');
    await (browser === undefined ? fail() : openBrowser(sys, browser, fail));
    sys.out.progress('waiting for the browser …');
    const code = await waitForCode(sys, callback);
    const login = await way.oidc.createToken(registration, { code, codeVerifier, redirectUri }, sys.signal);
    if (typeof login !== 'string') return { login, registration };
    throw new HotpassError('login-failed', 'IAM Identity Center does not take the code of this login');
  } finally {
    callback.close();
  }
}

interface Secrets {
  readonly state: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** The page is none of the calls that AWS describes: it is as the AWS CLI asks for it. */
function authorizePage(
  { oidc, sso }: Way,
  { clientId }: Registration,
  { state, codeVerifier, redirectUri }: Secrets,
): string {
  const page = new URL('authorize', `${oidc.endpoint.href.replace(/\/*$/, '')}/`);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    code_challenge_method: 'S256',
    scopes: sso.scopes.join(' '),
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
  };
  // A plus for a space is not what every service reads.
  page.search = new URLSearchParams(parameters).toString().replaceAll('+', '%20');
  return page.href;
}

async function waitForCode(sys: System, { answer }: Callback): Promise<string> {
  const over = new AbortController();
  const late = sys
    .sleep(LONGEST_MS, over.signal)
    .then(() => new HotpassError('login-failed', 'nobody came back from the browser in time'));
  const givenUp = whenAborted(sys.signal).then(
    () => new HotpassError('interrupted', 'the login was given up'),
  );
  const code = await Promise.race([answer, late, givenUp]);
  over.abort();
  if (code instanceof HotpassError) throw code;
  return code;
}
