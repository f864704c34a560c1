import { DescribeClusterCommand } from '@aws-sdk/client-eks';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { DescribeSessionsCommand } from '@aws-sdk/client-ssm';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { clientsOf } from './aws-clients.ts';
import { type Keys, OPERATOR, openAccount, SSO_ROLE } from './aws-stage.ts';

const WHO = new GetCallerIdentityCommand();
const assume = (RoleArn: string, more = {}) =>
  new AssumeRoleCommand({ RoleArn, RoleSessionName: 'jane@acme', ...more });
const DATA_OPS = 'arn:aws:iam::123456789012:role/DataOps';

it('says who somebody is, and of a role of IAM Identity Center nothing of its path', async () => {
  const { aws } = await openAccount();
  const { sts } = clientsOf(aws.url);
  expect(await sts.send(WHO)).toMatchObject({ Account: '123456789012', Arn: OPERATOR });
  const role = clientsOf(aws.url, {
    accessKeyId: 'ASIADATAOPS',
    secretAccessKey: 'data/ops',
    sessionToken: 'data+ops==',
  });
  const arn = `arn:aws:sts::123456789012:assumed-role/${SSO_ROLE}/jane`;
  expect(await role.sts.send(WHO)).toMatchObject({
    Arn: arn,
    UserId: expect.stringMatching(/^AROA[0-9A-F]{17}:jane$/),
  });
  expect(aws.calls()).toMatchObject([
    { service: 'sts', action: 'GetCallerIdentity', caller: OPERATOR, status: 200, error: undefined },
    { service: 'sts', action: 'GetCallerIdentity', caller: arn, status: 200 },
  ]);
});

it.each<[string, Keys, string]>([
  ['a wrong secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
  ['an unknown key', { accessKeyId: 'AKIDSTRANGER' }, 'InvalidClientTokenId'],
  ['a token that is not of the key', { sessionToken: 'another' }, 'InvalidClientTokenId'],
])('refuses %s in each service by its own name', async (_, keys, name) => {
  const { aws } = await openAccount();
  const { sts, eks, iam, ssm } = clientsOf(aws.url, keys);
  const inJson =
    name === 'SignatureDoesNotMatch' ? 'InvalidSignatureException' : 'UnrecognizedClientException';
  await expect(sts.send(WHO)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } });
  await expect(iam.send(new GetRoleCommand({ RoleName: 'DataOps' }))).rejects.toMatchObject({ name });
  await expect(eks.send(new DescribeClusterCommand({ name: 'hotpass-staging' }))).rejects.toMatchObject({
    name: inJson,
    $metadata: { httpStatusCode: 403 },
  });
  await expect(ssm.send(new DescribeSessionsCommand({ State: 'Active' }))).rejects.toMatchObject({
    name: inJson,
  });
  expect(aws.calls().map(({ caller }) => caller)).toEqual([undefined, undefined, undefined, undefined]);
});

it('gives keys of a role that work in every service, until they expire', async () => {
  const { aws } = await openAccount();
  const { sts } = clientsOf(aws.url);
  const { Credentials, AssumedRoleUser } = await sts.send(assume(DATA_OPS, { DurationSeconds: 900 }));
  expect(AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/DataOps/jane@acme');
  const role = clientsOf(aws.url, keysOf(Credentials));
  expect(await role.sts.send(WHO)).toMatchObject({ Arn: AssumedRoleUser?.Arn });
  expect(await role.eks.send(new DescribeClusterCommand({ name: 'hotpass-staging' }))).toBeDefined();
  expect(await role.ssm.send(new DescribeSessionsCommand({ State: 'Active' }))).toBeDefined();
  aws.shiftClock(901_000);
  await expect(role.sts.send(WHO)).rejects.toMatchObject({ name: 'ExpiredToken' });
});

it.each([
  [
    'AccessDenied',
    'arn:aws:iam::123456789012:role/NoSuchRole',
    {},
    'not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/NoSuchRole',
  ],
  [
    'AccessDenied',
    `arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/${SSO_ROLE}`,
    {},
    'not authorized',
  ],
  ['ValidationError', 'DataOps', {}, 'DataOps is invalid'],
  ['ValidationError', DATA_OPS, { RoleSessionName: 'jane doe' }, 'roleSessionName'],
  ['ValidationError', DATA_OPS, { DurationSeconds: 7200 }, 'MaxSessionDuration'],
])('answers %s to a role %s with %o', async (name, arn, more, words) => {
  const { aws } = await openAccount();
  const { sts } = clientsOf(aws.url);
  await expect(sts.send(assume(arn, more))).rejects.toMatchObject({
    name,
    message: expect.stringContaining(words),
  });
});

it('trusts whom the policy of a role names, by the role that they have taken on', async () => {
  const trusted = (AWS: string) => ({
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });
  const { aws } = await openAccount({
    roles: [
      { name: 'First', trustPolicy: trusted(OPERATOR) },
      {
        name: 'Second',
        trustPolicy: trusted('arn:aws:iam::123456789012:role/First'),
        maxSessionSeconds: 7200,
      },
    ],
  });
  const { sts } = clientsOf(aws.url);
  const second = 'arn:aws:iam::123456789012:role/Second';
  await expect(sts.send(assume(second))).rejects.toMatchObject({ name: 'AccessDenied' });
  const { Credentials } = await sts.send(assume('arn:aws:iam::123456789012:role/First'));
  const first = clientsOf(aws.url, keysOf(Credentials));
  expect((await first.sts.send(assume(second))).AssumedRoleUser?.Arn).toContain('assumed-role/Second/');
  await expect(first.sts.send(assume(second, { DurationSeconds: 7200 }))).rejects.toThrow('role chaining');
});

function keysOf(credentials: AssumeRoleCommandOutput['Credentials']): Keys {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  };
}
