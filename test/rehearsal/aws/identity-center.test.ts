import { createHash } from 'node:crypto';
import {
  CreateTokenCommand,
  RegisterClientCommand,
  SSOOIDCClient,
  StartDeviceAuthorizationCommand,
} from '@aws-sdk/client-sso-oidc';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it, onTestFinished } from 'vitest';
import type { RehearsedAccount } from '../../../src/rehearsal/aws/account.ts';
import { configOf, openAccount } from './aws-stage.ts';

const START_URL = 'https://acme.awsapps.com/start';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const CALLBACK = 'http://127.0.0.1/oauth/callback';
const ROLE = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
const ACCOUNT: RehearsedAccount = {
  roles: [{ name: ROLE }],
  sso: {
    startUrl: START_URL,
    user: 'jane@acme.example',
    assignments: [
      { account: '123456789012', permissionSet: 'DataOps' },
      { account: '999999999999', permissionSet: 'ReadOnly' },
    ],
    accessTokens: ['an-access-token'],
  },
};

/** Opens an account, and a program that is registered with it. */
async function register(scopes: string[] = ['sso:account:access']) {
  const { aws } = await openAccount(ACCOUNT);
  const oidc = new SSOOIDCClient({ region: 'eu-west-1', endpoint: aws.url, maxAttempts: 1 });
  onTestFinished(() => oidc.destroy());
  const registration = await oidc.send(
    new RegisterClientCommand({
      clientName: 'hotpass',
      clientType: 'public',
      scopes,
      grantTypes: ['authorization_code', 'refresh_token', DEVICE],
      redirectUris: [CALLBACK],
      issuerUrl: START_URL,
    }),
  );
  const client = {
    clientId: registration.clientId ?? '',
    clientSecret: registration.clientSecret ?? '',
  };
  const take = (grantType: string, more: object) =>
    oidc.send(new CreateTokenCommand({ ...client, grantType, ...more }));
  const startDevice = (startUrl = START_URL) =>
    oidc.send(new StartDeviceAuthorizationCommand({ ...client, startUrl }));
  return { aws, client, registration, take, startDevice };
}

const portal = (url: string, token: string, role = 'DataOps', account = '123456789012') =>
  fetch(`${url}/federation/credentials?role_name=${role}&account_id=${account}`, {
    headers: { 'x-amz-sso_bearer_token': token },
  });

it('lets a person log in on another device, and gives keys of their role for it', async () => {
  const { aws, registration, take, startDevice } = await register();
  expect(registration.clientSecretExpiresAt).toBeGreaterThan(Date.now() / 1000 + 80 * 24 * 3600);
  const device = await startDevice();
  expect(device).toMatchObject({
    userCode: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
    verificationUriComplete: `${aws.url}/device?user_code=${device.userCode}`,
    expiresIn: 600,
    interval: 1,
  });
  const { deviceCode } = device;
  const token = await take(DEVICE, { deviceCode });
  expect(token).toMatchObject({ tokenType: 'Bearer', expiresIn: 28_800 });
  await expect(take(DEVICE, { deviceCode })).rejects.toMatchObject({ name: 'InvalidGrantException' });
  const answer = await portal(aws.url, token.accessToken ?? '');
  const { roleCredentials } = Object(await answer.json());
  expect(roleCredentials.expiration).toBeGreaterThan(Date.now());
  const keys = configOf(aws.url, {
    accessKeyId: roleCredentials.accessKeyId,
    secretAccessKey: roleCredentials.secretAccessKey,
    sessionToken: roleCredentials.sessionToken,
  });
  const sts = new STSClient(keys);
  onTestFinished(() => sts.destroy());
  expect((await sts.send(new GetCallerIdentityCommand())).Arn).toBe(
    `arn:aws:sts::123456789012:assumed-role/${ROLE}/jane@acme.example`,
  );
});

it('tells a program that polls what the person does, each by its own name', async () => {
  const { aws, take, startDevice } = await register();
  const { deviceCode, verificationUriComplete } = await startDevice();
  const poll = () => take(DEVICE, { deviceCode });
  aws.setLogin('none');
  aws.slowDown(1);
  await expect(poll()).rejects.toMatchObject({ name: 'SlowDownException', error: 'slow_down' });
  await expect(poll()).rejects.toMatchObject({
    name: 'AuthorizationPendingException',
    error: 'authorization_pending',
    $metadata: { httpStatusCode: 400 },
  });
  aws.setLogin('declined');
  await expect(poll()).rejects.toMatchObject({ name: 'AccessDeniedException', error: 'access_denied' });
  aws.setLogin('none');
  expect((await fetch(verificationUriComplete ?? '')).status).toBe(200);
  aws.expireDeviceCodes();
  await expect(poll()).rejects.toMatchObject({ name: 'ExpiredTokenException', error: 'expired_token' });
  const second = await startDevice();
  await fetch(second.verificationUriComplete ?? '');
  expect(await take(DEVICE, { deviceCode: second.deviceCode })).toHaveProperty('accessToken');
  expect(
    aws
      .calls()
      .filter(({ action }) => action === 'CreateToken')
      .map(({ error }) => error),
  ).toEqual([
    'SlowDownException',
    'AuthorizationPendingException',
    'AccessDeniedException',
    'ExpiredTokenException',
    undefined,
  ]);
});

it('leads a browser back to the program, whose proof it wants once', async () => {
  const { aws, client, take } = await register();
  const verifier = 'v'.repeat(43);
  const redirectUri = 'http://127.0.0.1:41234/oauth/callback';
  const authorize = async (more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: redirectUri,
      state: 'a-state',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      scopes: 'sso:account:access',
      ...more,
    });
    const answer = await fetch(`${aws.url}/authorize?${query}`, { redirect: 'manual' });
    return { status: answer.status, to: new URL(answer.headers.get('location') ?? 'none:') };
  };
  const { status, to } = await authorize();
  expect([status, to.origin, to.searchParams.get('state')]).toEqual([
    302,
    'http://127.0.0.1:41234',
    'a-state',
  ]);
  const code = to.searchParams.get('code') ?? '';
  const proof = { code, redirectUri, codeVerifier: verifier };
  expect(await take('authorization_code', proof)).toHaveProperty('accessToken');
  await expect(take('authorization_code', proof)).rejects.toMatchObject({ error: 'invalid_grant' });
  const other = (await authorize()).to.searchParams.get('code') ?? '';
  await expect(
    take('authorization_code', { ...proof, code: other, codeVerifier: 'w'.repeat(43) }),
  ).rejects.toMatchObject({ name: 'InvalidGrantException' });
  const third = (await authorize()).to.searchParams.get('code') ?? '';
  const elsewhere = redirectUri.replace('41234', '41235');
  await expect(
    take('authorization_code', { ...proof, code: third, redirectUri: elsewhere }),
  ).rejects.toMatchObject({ name: 'InvalidGrantException' });
  expect((await authorize({ redirect_uri: 'http://127.0.0.1:41234/elsewhere' })).status).toBe(400);
  expect((await authorize({ code_challenge_method: 'plain' })).status).toBe(400);
  aws.setLogin('declined');
  expect((await authorize()).to.searchParams.get('error')).toBe('access_denied');
});

it('refreshes a login for a program that may, once with each token', async () => {
  const { take, startDevice } = await register();
  const { refreshToken } = await take(DEVICE, { deviceCode: (await startDevice()).deviceCode });
  const next = await take('refresh_token', { refreshToken });
  expect(next.refreshToken).not.toBe(refreshToken);
  await expect(take('refresh_token', { refreshToken })).rejects.toMatchObject({ error: 'invalid_grant' });
  const legacy = await register([]);
  const { deviceCode } = await legacy.startDevice();
  expect((await legacy.take(DEVICE, { deviceCode })).refreshToken).toBeUndefined();
});

it('knows its programs and its start url', async () => {
  const { take, startDevice } = await register();
  await expect(startDevice('https://other.awsapps.com/start')).rejects.toMatchObject({
    name: 'InvalidRequestException',
  });
  expect(await startDevice(`${START_URL}/#/`)).toHaveProperty('deviceCode');
  await expect(take(DEVICE, { clientSecret: 'wrong', deviceCode: 'x' })).rejects.toMatchObject({
    name: 'InvalidClientException',
    $metadata: { httpStatusCode: 401 },
  });
  await expect(take('password', {})).rejects.toMatchObject({ error: 'unsupported_grant_type' });
});

it('gives keys for a login that is good, and for roles that the person has', async () => {
  const { aws } = await openAccount(ACCOUNT);
  const said = async (...args: [token: string, role?: string, account?: string]) => {
    const answer = await portal(aws.url, ...args);
    return `${answer.status} ${answer.headers.get('x-amzn-errortype')}`;
  };
  expect(await said('an-access-token')).toBe('200 null');
  expect(await said('an-access-token', 'ReadOnly', '999999999999')).toBe('200 null');
  expect(await said('an-access-token', 'Admin')).toBe('403 ForbiddenException');
  expect(await said('another')).toBe('401 UnauthorizedException');
  aws.endLogins();
  expect(await said('an-access-token')).toBe('401 UnauthorizedException');
});
