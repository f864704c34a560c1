import { expect, it } from 'vitest';
import type { AccountApi } from '../../../../src/aws.ts';
import { HotpassError } from '../../../../src/errors.ts';
import type { CheckWish } from '../../../../src/ops/aws/check/request.ts';
import { runCheck } from '../../../../src/ops/aws/check/run.ts';
import { testSystem } from '../../../support/system.ts';
import { ACCOUNT, CALLER, CLUSTER, cluster, fakeAccount, linkOf, ROLE, wish } from './support.ts';

const NOW = new Date('2026-11-21T14:32:00');

function check(answers: Partial<AccountApi> = {}, wished: Partial<CheckWish> = {}) {
  const aws = { ssm: () => Promise.reject(new Error('no SSM')), account: async () => fakeAccount(answers) };
  return runCheck(testSystem({ aws, now: () => NOW }), { ...wish, ...wished });
}
const refuse = (error: HotpassError) => () => Promise.reject(error);

it('says where the credentials come from and until when they are good', async () => {
  expect(linkOf(await check(), 'credentials')).toMatchObject({
    state: 'ok',
    saw: 'SSO profile hotpass-staging (hotpass.yaml:4:12), until 17:42 (3 h 10 min)',
  });
});

it('says what of the environment is not used, of the region beside the region', async () => {
  const ignored = [
    'AWS_DEFAULT_REGION=us-east-1 is set and not used',
    'AWS_PROFILE=prod is set and not used',
  ];
  const result = await check({ ignored });
  expect(linkOf(result, 'credentials').evidence).toEqual([['note', ignored[1]]]);
  expect(linkOf(result, 'region').saw).toBe(`eu-west-1 (profile hotpass-staging). ${ignored[0]}`);
});

it('tells an expired login once, and names it where others need it', async () => {
  const error = new HotpassError('sso-expired', 'login of profile x expired', { hint: 'hotpass aws login' });
  const calls = {
    findCredentials: refuse(error),
    getCallerIdentity: refuse(error),
    describeCluster: refuse(error),
  };
  const { links, verdict, counts } = await check(calls);
  expect(verdict).toBe('failed');
  expect(counts.failed).toBe(1);
  expect(links.slice(0, 5).map(({ id, state, saw }) => [id, state, saw])).toEqual([
    ['credentials', 'failed', 'login of profile x expired'],
    ['identity', 'skipped', 'needs: credentials'],
    ['account', 'skipped', 'needs: credentials'],
    ['region', 'ok', 'eu-west-1 (profile hotpass-staging)'],
    ['cluster', 'skipped', 'needs: credentials'],
  ]);
  expect(links[0]?.next).toBe('hotpass aws login');
});

it('tells once what is wrong with the keys, whoever says it', async () => {
  const error = new HotpassError('access-denied', 'AWS does not know these keys');
  const { links, counts } = await check({ getCallerIdentity: refuse(error), describeCluster: refuse(error) });
  expect(counts.failed).toBe(1);
  expect(links[4]).toMatchObject({ id: 'cluster', state: 'skipped', saw: 'needs: identity' });
});

it('looks at the cluster although STS does not answer', async () => {
  const getCallerIdentity = () => new Promise<never>(() => undefined);
  const result = await check({ getCallerIdentity }, { timeoutMs: 50 });
  expect(linkOf(result, 'identity')).toMatchObject({
    state: 'failed',
    code: 'aws-unreachable',
    saw: 'STS did not answer within 0.05 s',
    next: 'hotpass aws check staging --timeout 1m',
  });
  expect(linkOf(result, 'account')).toMatchObject({ state: 'skipped', saw: 'needs: identity' });
  expect(linkOf(result, 'cluster').state).toBe('ok');
});

it('says how far the clock is off', async () => {
  expect(linkOf(await check({ clockOffsetMs: () => 602_000 }), 'identity').evidence).toEqual([
    ['clock', 'this machine is 10 min behind AWS'],
  ]);
});

it.each([
  [
    'any where the config names none',
    {},
    'ok',
    `account ${ACCOUNT}, role DataOps, cluster ${CLUSTER}; target staging allows any`,
  ],
  [
    'those that the config names',
    { accounts: [ACCOUNT], roles: ['Data*'], clusters: [CLUSTER] },
    'ok',
    `account ${ACCOUNT}, role DataOps, cluster ${CLUSTER} allowed for staging`,
  ],
  [
    'the cluster that is its own',
    { accounts: [ACCOUNT], ownCluster: CLUSTER },
    'ok',
    `account ${ACCOUNT}, cluster ${CLUSTER} allowed for staging; role DataOps: any is allowed`,
  ],
  [
    'the full name of an SSO role, and says what is open',
    { roles: [ROLE] },
    'ok',
    `role DataOps allowed for staging; account ${ACCOUNT}, cluster ${CLUSTER}: any is allowed`,
  ],
] as const)('allows %s', async (_, allowed, state, saw) => {
  const result = await check({}, { allowed: { target: 'staging', ...allowed } });
  expect(linkOf(result, 'account')).toMatchObject({ state, saw });
});

it.each([
  ['account-not-allowed', { accounts: ['999999999999'] }],
  ['role-not-allowed', { roles: ['Admin'] }],
  ['cluster-not-allowed', { clusters: ['prod-*'] }],
] as const)('says %s, and looks at the rest all the same', async (code, allowed) => {
  const result = await check({}, { allowed: { target: 'staging', ...allowed } });
  expect(linkOf(result, 'account')).toMatchObject({
    state: 'failed',
    code,
    evidence: expect.arrayContaining([['you are', CALLER]]),
  });
  expect(linkOf(result, 'cluster').state).toBe('ok');
});

it('shows what EKS says of the cluster, and never its certificate', async () => {
  const described = {
    ...cluster,
    ca: 'PEM',
    status: 'UPDATING',
    isPublic: true,
    publicCidrs: ['192.0.2.0/24'],
  };
  const result = await check({ describeCluster: async () => described });
  expect(linkOf(result, 'cluster')).toMatchObject({
    state: 'ok',
    saw: 'hotpass-staging UPDATING, 1.33, access by API entries, public endpoint for 192.0.2.0/24, and private',
  });
  expect(JSON.stringify(result)).not.toContain('PEM');
});

it.each([
  ['CREATING', 'hotpass aws check staging --region eu-west-1'],
  [
    'FAILED',
    'aws eks describe-cluster --name hotpass-staging --region eu-west-1 --profile hotpass-staging --query cluster.health',
  ],
])('a cluster that is %s is no cluster yet', async (status, next) => {
  const healthIssues = [{ code: 'Ec2SubnetNotFound', message: 'a subnet is gone' }];
  const describeCluster = async () => ({ ...cluster, status, endpoint: undefined, healthIssues });
  const result = await check({ describeCluster }, { flags: ['--region', 'eu-west-1'] });
  expect(linkOf(result, 'cluster')).toMatchObject({
    state: 'failed',
    code: 'cluster-not-active',
    saw: `hotpass-staging is ${status}`,
    evidence: [['health', 'Ec2SubnetNotFound: a subnet is gone']],
    next,
  });
});

it('passes on that there is no such cluster, or that one may not describe it', async () => {
  for (const code of ['cluster-unknown', 'access-denied'] as const) {
    const error = new HotpassError(code, 'no', { hint: 'aws eks list-clusters' });
    expect(linkOf(await check({ describeCluster: refuse(error) }), 'cluster')).toMatchObject({
      state: 'failed',
      code,
      next: 'aws eks list-clusters',
    });
  }
});

it('looks for another cluster of the very target', async () => {
  const hint = 'hotpass aws check --region eu-west-1 --eks-cluster hotpass-staging';
  const describeCluster = refuse(new HotpassError('cluster-unknown', 'no cluster "x"', { hint }));
  const { next } = linkOf(await check({ describeCluster }, { target: 'prod' }), 'cluster');
  expect(next).toBe('hotpass aws check prod --region eu-west-1 --eks-cluster hotpass-staging');
});

it('asks for no cluster where none is named', async () => {
  const describeCluster = refuse(new HotpassError('unexpected', 'was asked'));
  const result = await check({ describeCluster }, { cluster: undefined });
  expect(linkOf(result, 'cluster')).toMatchObject({
    state: 'skipped',
    saw: 'no cluster is named: --eks-cluster NAME, or eks.cluster in hotpass.yaml',
  });
  expect(result.verdict).toBe('ok');
});

it('ends with the run that is interrupted', async () => {
  const end = new AbortController();
  const aws = {
    ssm: () => Promise.reject(new Error('no SSM')),
    account: async () => fakeAccount({ getCallerIdentity: () => new Promise<never>(() => undefined) }),
  };
  const running = runCheck(testSystem({ aws, signal: end.signal }), wish);
  end.abort(new HotpassError('interrupted', 'interrupted by SIGINT'));
  await expect(running).rejects.toMatchObject({ code: 'interrupted' });
});

it('shows on a terminal who is waited for, and takes it away again', async () => {
  const aws = { ssm: () => Promise.reject(new Error('no SSM')), account: async () => fakeAccount() };
  const sys = testSystem({ aws, terminal: { stderr: true } });
  await runCheck(sys, { ...wish, cluster: undefined });
  expect(sys.stderr()).toContain('waiting for STS, credentials');
  expect(sys.stderr()).toMatch(/\r\u001b\[2K$/);
});

it('calls a region that nobody named a broken link, and still says whose credentials these are', async () => {
  const places: (string | undefined)[] = [];
  const aws = {
    ssm: () => Promise.reject(new Error('no SSM')),
    async account({ region }: { readonly region?: string | undefined }) {
      places.push(region);
      if (region === undefined) throw new HotpassError('region-missing', 'no AWS region was given');
      return fakeAccount({ getCallerIdentity: () => Promise.reject(new Error('nobody is asked')) });
    },
  };
  const sys = testSystem({ aws, now: () => NOW });
  const nowhere = { ...wish, place: { ...wish.place, region: undefined } };
  const { links, region, verdict, counts } = await runCheck(sys, nowhere);
  expect({ region, verdict, counts }).toEqual({
    region: null,
    verdict: 'failed',
    counts: { ok: 1, failed: 1, skipped: 9 },
  });
  expect(links.slice(0, 5).map(({ id, state, saw }) => [id, state, saw])).toEqual([
    ['credentials', 'ok', 'SSO profile hotpass-staging (hotpass.yaml:4:12), until 17:42 (3 h 10 min)'],
    ['identity', 'skipped', 'needs: region'],
    ['account', 'skipped', 'needs: region'],
    ['region', 'failed', 'no AWS region was given'],
    ['cluster', 'skipped', 'needs: region'],
  ]);
  expect(linkOf({ links }, 'region')).toMatchObject({
    code: 'region-missing',
    next: 'hotpass aws check staging --region REGION',
  });
  expect(places).toHaveLength(2);
});
