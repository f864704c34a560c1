import { randomInt } from 'node:crypto';
import { listAt, textAt, textsAt } from '../ssm/json.ts';
import { serviceTime } from './admission.ts';
import { newSecret } from './logins.ts';
import { oidcError, requireClient } from './sso-client.ts';
import { createToken } from './sso-token.ts';
import type { World } from './world.ts';

const CLIENT_SECONDS = 90 * 24 * 3600;
const DEVICE_CODE_SECONDS = 600;
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';

/** Does a call of IAM Identity Center that takes a body. Throws a ServiceError. */
export function performSsoOidc(world: World, url: string, action: string, body: unknown): unknown {
  switch (action) {
    case 'RegisterClient':
      return registerClient(world, body);
    case 'StartDeviceAuthorization':
      return startDeviceAuthorization(world, url, body);
    case 'CreateToken':
      return createToken(world, body);
    default:
      throw oidcError('InvalidRequestException', 'unknown operation');
  }
}

function registerClient({ logins, faults }: World, body: unknown) {
  if (textAt(body, 'clientName') === undefined || textAt(body, 'clientType') !== 'public')
    throw oidcError('InvalidClientMetadataException', 'clientType must be public');
  const clientId = newSecret();
  const secret = newSecret();
  const [redirectUris, scopes] = [textsAt(body, 'redirectUris'), textsAt(body, 'scopes')];
  if (listAt(body, 'grantTypes').includes('authorization_code') && redirectUris.length === 0)
    throw oidcError('InvalidRequestException', 'redirectUris are missing');
  logins.clients.set(clientId, { secret, redirectUris, scopes });
  const now = Math.floor(serviceTime(faults) / 1000);
  return {
    clientId,
    clientSecret: secret,
    clientIdIssuedAt: now,
    clientSecretExpiresAt: now + CLIENT_SECONDS,
  };
}

function startDeviceAuthorization({ logins, faults, sso }: World, url: string, body: unknown) {
  const clientId = textAt(body, 'clientId') ?? '';
  requireClient(logins, clientId, textAt(body, 'clientSecret'));
  if (
    sso === undefined ||
    textAt(body, 'startUrl')?.replace(/[/#]+$/, '') !== sso.startUrl.replace(/[/#]+$/, '')
  )
    throw oidcError('InvalidRequestException', 'Invalid start url provided');
  const deviceCode = newSecret();
  const userCode = `${fourLetters()}-${fourLetters()}`;
  const expiresAt = serviceTime(faults) + DEVICE_CODE_SECONDS * 1000;
  logins.devices.set(deviceCode, { clientId, userCode, expiresAt, isConfirmed: false });
  return {
    deviceCode,
    userCode,
    verificationUri: `${url}/device`,
    verificationUriComplete: `${url}/device?user_code=${userCode}`,
    expiresIn: DEVICE_CODE_SECONDS,
    interval: sso.pollSeconds ?? 1,
  };
}

function fourLetters(): string {
  return Array.from({ length: 4 }, () => USER_CODE_LETTERS[randomInt(USER_CODE_LETTERS.length)]).join('');
}
