import { expect, it, onTestFinished } from 'vitest';
import { createAccountApi } from '../../../src/ops/aws/account-api.ts';
import { NEVER } from '../../../src/signals.ts';
import {
  type CannedAnswer,
  jsonError,
  startCannedAws,
  xmlAnswer,
  xmlError,
} from '../../support/canned-aws.ts';
import { parseCommand } from '../../support/next-commands.ts';

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const ARN = 'arn:aws:sts::123456789012:assumed-role/DataOps/ann';
const ENTRY = 'arn:aws:iam::123456789012:role/DataOps';
const CLUSTER = {
  name: 'hotpass-staging',
  arn: 'arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging',
  status: 'ACTIVE',
  version: '1.33',
  platformVersion: 'eks.12',
  endpoint: 'https://ABCD.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: { data: Buffer.from(PEM).toString('base64') },
  resourcesVpcConfig: { endpointPublicAccess: false, endpointPrivateAccess: true, publicAccessCidrs: [] },
  identity: { oidc: { issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCD' } },
  accessConfig: { authenticationMode: 'API' },
  health: { issues: [{ code: 'ClusterUnreachable', message: 'the role is gone', resourceIds: [] }] },
};
const identity = xmlAnswer(
  'GetCallerIdentity',
  `<Arn>${ARN}</Arn><UserId>AROAX:ann</UserId><Account>123456789012</Account>`,
);

async function open(answers: Readonly<Record<string, CannedAnswer>>, more: object = {}) {
  const aws = await startCannedAws((asked) => answers[asked] ?? jsonError('InternalFailure', asked, 400));
  onTestFinished(() => aws.close());
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIDREHEARSED',
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: aws.url,
    HOME: '/nonexistent',
    ...more,
  };
  return { aws, api: await createAccountApi(env, {}) };
}

it('says who one is', async () => {
  const { api } = await open({ GetCallerIdentity: identity });
  expect(await api.getCallerIdentity(NEVER)).toEqual({
    account: '123456789012',
    arn: ARN,
    userId: 'AROAX:ann',
  });
});

it('tells all of a cluster that the check looks at', async () => {
  const { api } = await open({ 'GET /clusters/hotpass-staging': { body: { cluster: CLUSTER } } });
  expect(await api.describeCluster('hotpass-staging', NEVER)).toEqual({
    name: 'hotpass-staging',
    arn: CLUSTER.arn,
    status: 'ACTIVE',
    version: '1.33',
    platformVersion: 'eks.12',
    endpoint: new URL(CLUSTER.endpoint),
    isPublic: false,
    isPrivate: true,
    publicCidrs: [],
    ca: PEM,
    issuer: CLUSTER.identity.oidc.issuer,
    authenticationMode: 'API',
    healthIssues: [{ code: 'ClusterUnreachable', message: 'the role is gone' }],
  });
});

it('tells of a cluster that is being made that it has no endpoint yet', async () => {
  const cluster = { name: 'x', arn: CLUSTER.arn, status: 'CREATING' };
  const { api } = await open({ 'GET /clusters/x': { body: { cluster } } });
  expect(await api.describeCluster('x', NEVER)).toMatchObject({
    status: 'CREATING',
    endpoint: undefined,
    ca: undefined,
    healthIssues: [],
  });
});

it('names the clusters that there are, when there is none of this name', async () => {
  const absent = jsonError('ResourceNotFoundException', 'No cluster found for name: hotpass-stagin.', 404);
  const { api } = await open({
    GetCallerIdentity: identity,
    'GET /clusters/hotpass-stagin': absent,
    'GET /clusters/far': absent,
    'GET /clusters?maxResults=100': { body: { clusters: ['hotpass-staging', 'other'] } },
  });
  await expect(api.describeCluster('hotpass-stagin', NEVER)).rejects.toMatchObject({
    code: 'cluster-unknown',
    message:
      'no cluster "hotpass-stagin" in account 123456789012, region eu-west-1; known: hotpass-staging, other',
    hint: 'hotpass aws check --region eu-west-1 --eks-cluster hotpass-staging',
  });
  await expect(api.describeCluster('far', NEVER)).rejects.toMatchObject({
    hint: 'hotpass aws check --region REGION --eks-cluster far',
  });
  parseCommand('hotpass aws check --region eu-west-1 --eks-cluster hotpass-staging');
});

it('says so of an unknown cluster too when nothing else may be asked', async () => {
  const denied = jsonError('AccessDeniedException', 'no', 403);
  const { api } = await open({
    GetCallerIdentity: xmlError('AccessDenied', 'no'),
    'GET /clusters/x': jsonError('ResourceNotFoundException', 'No cluster found for name: x.', 404),
    'GET /clusters?maxResults=100': denied,
  });
  await expect(api.describeCluster('x', NEVER)).rejects.toMatchObject({
    code: 'cluster-unknown',
    message: 'no cluster "x" in region eu-west-1',
  });
});

it('lists access entries over all pages', async () => {
  const page = '/clusters/x/access-entries?maxResults=100';
  const { api } = await open({
    [`GET ${page}`]: { body: { accessEntries: ['a', 'b'], nextToken: 'more' } },
    [`GET ${page}&nextToken=more`]: { body: { accessEntries: ['c'] } },
  });
  expect(await api.listAccessEntries('x', NEVER)).toEqual(['a', 'b', 'c']);
});

describeEntry('tells an access entry with its policies', async ({ path, entry }) => {
  const associatedAccessPolicies = [
    { policyArn: 'arn:admin', accessScope: { type: 'cluster', namespaces: [] } },
    { policyArn: 'arn:edit', accessScope: { type: 'namespace', namespaces: ['hotpass'] } },
  ];
  const { api } = await open({
    [`GET ${path}`]: entry,
    [`GET ${path}/access-policies?maxResults=100`]: { body: { associatedAccessPolicies } },
  });
  expect(await api.describeAccessEntry('x', ENTRY, NEVER)).toEqual({
    principalArn: ENTRY,
    type: 'STANDARD',
    username: 'ann',
    groups: ['ops'],
    policies: [
      { arn: 'arn:admin', namespaces: undefined },
      { arn: 'arn:edit', namespaces: ['hotpass'] },
    ],
  });
});

describeEntry('tells an access entry also when its policies may not be listed', async ({ path, entry }) => {
  const { api, aws } = await open({
    [`GET ${path}`]: entry,
    [`GET ${path}/access-policies?maxResults=100`]: jsonError('AccessDeniedException', 'no', 403),
  });
  expect(await api.describeAccessEntry('x', ENTRY, NEVER)).toMatchObject({ policies: undefined });
  // A denied call is not tried again with other credentials.
  expect(aws.asked).toHaveLength(2);
});

describeEntry('gives nothing for an access entry that is not there', async ({ path }) => {
  const absent = jsonError('ResourceNotFoundException', 'The specified principalArn could not be found', 404);
  const { api } = await open({
    [`GET ${path}`]: absent,
    [`GET ${path}/access-policies?maxResults=100`]: absent,
  });
  expect(await api.describeAccessEntry('x', ENTRY, NEVER)).toBeUndefined();
});

it('reads an OIDC provider, and gives nothing for one that is not there', async () => {
  const url = 'oidc.eks.eu-west-1.amazonaws.com/id/ABCD';
  const arn = `arn:aws:iam::123456789012:oidc-provider/${url}`;
  const { api } = await open({
    GetOpenIDConnectProvider: xmlAnswer(
      'GetOpenIDConnectProvider',
      `<Url>${url}</Url><ClientIDList><member>sts.amazonaws.com</member></ClientIDList>`,
    ),
    GetRole: xmlError('NoSuchEntity', 'The role with name x cannot be found.', 404),
  });
  expect(await api.getOidcProvider(arn, NEVER)).toEqual({ arn, url, audiences: ['sts.amazonaws.com'] });
  expect(await api.getRole('x', NEVER)).toBeUndefined();
});

it('reads the trust policy of a role as JSON', async () => {
  const policy = '{"Statement":[{"Condition":{"StringLike":{"x:sub":"100% *"}}}]}';
  const arn = 'arn:aws:iam::123456789012:role/data/DataOps';
  const { api } = await open({
    GetRole: xmlAnswer(
      'GetRole',
      `<Role><Path>/data/</Path><RoleName>DataOps</RoleName><RoleId>AROAX</RoleId><Arn>${arn}</Arn><AssumeRolePolicyDocument>${encodeURIComponent(policy)}</AssumeRolePolicyDocument><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>`,
    ),
  });
  expect(await api.getRole('DataOps', NEVER)).toEqual({ arn, name: 'DataOps', trustPolicy: policy });
});

it('says what decided for profile and region, and what did not', async () => {
  const { api } = await open({}, { AWS_PROFILE: 'staging', AWS_DEFAULT_REGION: 'us-east-1' });
  expect(api.region).toEqual({ value: 'eu-west-1', origin: 'AWS_REGION' });
  expect(api.profile).toBeUndefined();
  expect(api.ignored).toEqual([
    'AWS_PROFILE=staging is set and not used: the keys of the environment count before it',
    'AWS_DEFAULT_REGION=us-east-1 is set and not used',
  ]);
  expect(await api.findCredentials(NEVER)).toEqual({
    provider: 'environment',
    profile: undefined,
    expiresAt: undefined,
    loginExpiresAt: undefined,
  });
});

/** Declares a test on the access entry of `ENTRY` in cluster x. */
function describeEntry(
  name: string,
  test: (known: { readonly path: string; readonly entry: CannedAnswer }) => Promise<void>,
): void {
  const accessEntry = {
    principalArn: ENTRY,
    type: 'STANDARD',
    username: 'ann',
    kubernetesGroups: ['ops'],
  };
  const path = `/clusters/x/access-entries/${encodeURIComponent(ENTRY)}`;
  it(name, () => test({ path, entry: { body: { accessEntry } } }));
}
