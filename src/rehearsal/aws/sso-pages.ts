import { newSecret } from './logins.ts';
import type { Answer } from './protocol.ts';
import { type AwsRequest, queryAt } from './request.ts';
import type { World } from './world.ts';

/** Answers what a browser asks when a person logs in: the person confirms, declines, or leaves it. */
export function answerBrowser(world: World, request: AwsRequest): Answer {
  return request.path === '/device' ? confirmDevice(world, request) : authorizeBrowser(world, request);
}

function confirmDevice({ logins }: World, request: AwsRequest): Answer {
  const userCode = queryAt(request, 'user_code');
  const device = [...logins.devices.values()].find((one) => one.userCode === userCode);
  if (device === undefined) return page(400, 'no login waits with this code');
  device.isConfirmed = true;
  return page(200, 'the login is confirmed');
}

function authorizeBrowser({ logins, faults }: World, request: AwsRequest): Answer {
  const clientId = queryAt(request, 'client_id') ?? '';
  const redirectUri = queryAt(request, 'redirect_uri') ?? '';
  const challenge = queryAt(request, 'code_challenge') ?? '';
  const client = logins.clients.get(clientId);
  const isGood =
    client?.redirectUris.some((one) => isSamePlace(one, redirectUri)) &&
    queryAt(request, 'response_type') === 'code' &&
    queryAt(request, 'code_challenge_method') === 'S256' &&
    challenge !== '';
  if (!isGood) return page(400, 'invalid_request');
  if (faults.login === 'none') return page(200, 'nobody is here to confirm it');
  const back = new URL(redirectUri);
  if (faults.login === 'declined') back.searchParams.set('error', 'access_denied');
  else {
    const code = newSecret();
    logins.browsers.set(code, { clientId, redirectUri, challenge });
    back.searchParams.set('code', code);
  }
  back.searchParams.set('state', queryAt(request, 'state') ?? '');
  return { status: 302, headers: { location: back.href }, body: '' };
}

/** A program listens on a port that it did not know when it was registered: RFC 8252, 7.3. */
function isSamePlace(registered: string, asked: string): boolean {
  if (!URL.canParse(registered) || !URL.canParse(asked)) return false;
  const [one, other] = [new URL(registered), new URL(asked)];
  return (
    one.protocol === other.protocol && one.hostname === other.hostname && one.pathname === other.pathname
  );
}

function page(status: number, words: string): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html><title>rehearsed login</title><p>${words}</p>`,
  };
}
