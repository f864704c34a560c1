import { generateKeyPairSync, sign } from 'node:crypto';
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { clientsOf } from './aws-clients.ts';
import { openAccount, SSO_ROLE } from './aws-stage.ts';

const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`;
const SUBJECT = 'system:serviceaccount:hotpass:worker';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEYS = [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256', use: 'sig' }];
const TRUST = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: PROVIDER },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringLike: { [`${ISSUER}:sub`]: 'system:serviceaccount:hotpass:*' },
        StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com' },
      },
    },
  ],
};
const ROLE = { name: 'worker', path: '/teams/data/', trustPolicy: TRUST };
const PLAYED = {
  roles: [ROLE, { name: SSO_ROLE }],
  oidcProviders: [{ url: ISSUER, keys: KEYS }],
};

/** Makes the token of a service account; `more` are claims in the place of its own. */
function tokenWith(more: object = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: `https://${ISSUER}`,
    sub: SUBJECT,
    aud: ['sts.amazonaws.com'],
    exp: Math.floor(Date.now() / 1000) + 600,
    ...more,
  };
  const text = `${part({ alg: 'RS256', kid: 'key-1' })}.${part(claims)}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}

const exchange = (WebIdentityToken: string) =>
  new AssumeRoleWithWebIdentityCommand({
    RoleArn: 'arn:aws:iam::123456789012:role/teams/data/worker',
    RoleSessionName: 'worker-1',
    WebIdentityToken,
  });

it('gives a role by its name, with its path and what it trusts', async () => {
  const { aws } = await openAccount(PLAYED);
  const { iam } = clientsOf(aws.url);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'worker' }));
  expect(Role).toMatchObject({
    Arn: 'arn:aws:iam::123456789012:role/teams/data/worker',
    Path: '/teams/data/',
  });
  expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toEqual(TRUST);
  expect((await iam.send(new GetRoleCommand({ RoleName: SSO_ROLE }))).Role?.Path).toBe(
    '/aws-reserved/sso.amazonaws.com/',
  );
  await expect(iam.send(new GetRoleCommand({ RoleName: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
    message: 'The role with name none cannot be found.',
    $metadata: { httpStatusCode: 404 },
  });
});

it('shows nothing of an account to those of another', async () => {
  const stranger = { accessKeyId: 'AKIDELSEWHERE', secretAccessKey: 'elsewhere' };
  const callers = [{ ...stranger, arn: 'arn:aws:iam::999999999999:user/jane' }];
  const { aws } = await openAccount({ ...PLAYED, callers });
  const { iam } = clientsOf(aws.url, stranger);
  await expect(iam.send(new GetRoleCommand({ RoleName: 'worker' }))).rejects.toThrow('cannot be found');
  expect(await iam.send(new ListOpenIDConnectProvidersCommand())).toMatchObject({
    OpenIDConnectProviderList: [],
  });
  const get = new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: PROVIDER });
  await expect(iam.send(get)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

it('gives the OIDC providers of the account', async () => {
  const { aws } = await openAccount(PLAYED);
  const { iam } = clientsOf(aws.url);
  const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand());
  expect(OpenIDConnectProviderList).toEqual([{ Arn: PROVIDER }]);
  const get = (OpenIDConnectProviderArn: string) =>
    iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
  expect(await get(PROVIDER)).toMatchObject({ Url: ISSUER, ClientIDList: ['sts.amazonaws.com'] });
  await expect(get(`${PROVIDER}0`)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
});

it('gives keys for the token of a service account that its role trusts', async () => {
  const { aws } = await openAccount(PLAYED);
  const { sts } = clientsOf(aws.url);
  const { Credentials, SubjectFromWebIdentityToken } = await sts.send(exchange(tokenWith()));
  expect(SubjectFromWebIdentityToken).toBe(SUBJECT);
  const worker = clientsOf(aws.url, {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  });
  expect((await worker.sts.send(new GetCallerIdentityCommand())).Arn).toBe(
    'arn:aws:sts::123456789012:assumed-role/worker/worker-1',
  );
});

it.each([
  ['AccessDenied', { sub: 'system:serviceaccount:default:worker' }],
  ['InvalidIdentityTokenException', { aud: ['kubernetes'] }],
  ['InvalidIdentityTokenException', { iss: 'https://elsewhere.example' }],
  ['ExpiredTokenException', { exp: 1_700_000_000 }],
])('answers %s to a token with %o', async (name, claims) => {
  const { aws } = await openAccount(PLAYED);
  const { sts } = clientsOf(aws.url);
  await expect(sts.send(exchange(tokenWith(claims)))).rejects.toMatchObject({ name });
});

it('takes no token that somebody else signed, or whose issuer does not say its keys', async () => {
  const { aws } = await openAccount(PLAYED);
  const { sts } = clientsOf(aws.url);
  const [head = '', , sum = ''] = tokenWith().split('.');
  const [, body = ''] = tokenWith({ sub: `${SUBJECT}2` }).split('.');
  await expect(sts.send(exchange(`${head}.${body}.${sum}`))).rejects.toMatchObject({
    name: 'InvalidIdentityTokenException',
  });
  aws.setOidcProvider({ url: ISSUER });
  await expect(sts.send(exchange(tokenWith()))).rejects.toMatchObject({
    name: expect.stringContaining('IDPCommunicationError'),
  });
});
