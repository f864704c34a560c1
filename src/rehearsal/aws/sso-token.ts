import { createHash } from 'node:crypto';
import { textAt } from '../ssm/json.ts';
import { serviceTime } from './admission.ts';
import { newSecret } from './logins.ts';
import { oidcError, requireClient } from './sso-client.ts';
import type { World } from './world.ts';

const TOKEN_SECONDS = 28_800;
const REFRESH_SCOPE = 'sso:account:access';

/** Gives an access token to a program whose person has logged in, or whose login is still good. */
export function createToken(world: World, body: unknown) {
  const { logins, faults, sso } = world;
  const clientId = textAt(body, 'clientId') ?? '';
  const client = requireClient(logins, clientId, textAt(body, 'clientSecret'));
  const ask = { clientId, body };
  switch (textAt(body, 'grantType')) {
    case 'urn:ietf:params:oauth:grant-type:device_code':
      takeDevice(world, ask);
      break;
    case 'authorization_code':
      takeBrowser(world, ask);
      break;
    case 'refresh_token':
      takeRefresh(world, ask);
      break;
    default:
      throw oidcError('UnsupportedGrantTypeException', 'Unsupported grant type');
  }
  const accessToken = newSecret();
  const seconds = sso?.tokenSeconds ?? TOKEN_SECONDS;
  logins.accessTokens.set(accessToken, serviceTime(faults) + seconds * 1000);
  const given = { accessToken, expiresIn: seconds, tokenType: 'Bearer' };
  if (!client.scopes.includes(REFRESH_SCOPE)) return given;
  const refreshToken = newSecret();
  logins.refreshTokens.set(refreshToken, clientId);
  return { ...given, refreshToken };
}

/** A program that asks, and how. */
interface Ask {
  readonly clientId: string;
  readonly body: unknown;
}

function takeDevice({ logins, faults }: World, { clientId, body }: Ask): void {
  const code = textAt(body, 'deviceCode') ?? '';
  const device = logins.devices.get(code);
  if (device === undefined || device.clientId !== clientId)
    throw oidcError('InvalidGrantException', 'Invalid device code provided');
  if (faults.slowDowns > 0) {
    faults.slowDowns -= 1;
    throw oidcError('SlowDownException', 'Slow down');
  }
  if (device.expiresAt < serviceTime(faults))
    throw oidcError('ExpiredTokenException', 'Device code has expired');
  if (faults.login === 'declined') throw oidcError('AccessDeniedException', 'Authorization was declined');
  if (faults.login === 'none' && !device.isConfirmed)
    throw oidcError('AuthorizationPendingException', 'Authorization is still pending');
  logins.devices.delete(code);
}

/** https://datatracker.ietf.org/doc/html/rfc7636 */
function takeBrowser({ logins }: World, { clientId, body }: Ask): void {
  const code = textAt(body, 'code') ?? '';
  const login = logins.browsers.get(code);
  logins.browsers.delete(code);
  const proof = createHash('sha256')
    .update(textAt(body, 'codeVerifier') ?? '')
    .digest('base64url');
  const isGood =
    login !== undefined &&
    login.clientId === clientId &&
    login.redirectUri === textAt(body, 'redirectUri') &&
    login.challenge === proof;
  if (!isGood) throw oidcError('InvalidGrantException', 'Invalid grant provided');
}

function takeRefresh({ logins }: World, { clientId, body }: Ask): void {
  const token = textAt(body, 'refreshToken') ?? '';
  if (logins.refreshTokens.get(token) !== clientId)
    throw oidcError('InvalidGrantException', 'Invalid refresh token provided');
  logins.refreshTokens.delete(token);
}
