import { expect, it } from 'vitest';
import type { LinkId } from '../../../../src/ops/aws/check/link.ts';
import type { CheckResult } from '../../../../src/ops/aws/check/result.ts';
import { countRounds } from '../../../support/aws-far-side.ts';
import { ENTRY, openCheckStage } from './stage.ts';
import { ACCOUNT, CALLER, linkOf, ROLE } from './support.ts';

const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${ROLE}`;

function states({ links }: CheckResult): Partial<Record<LinkId, string>> {
  return Object.fromEntries(links.map(({ id, state, saw }) => [id, state === 'skipped' ? saw : state]));
}

it('finds nothing broken where nothing is, and takes three answers in a row', async () => {
  const stage = await openCheckStage();
  await stage.check();
  const before = stage.aws.calls().length;
  stage.aws.setDelay(250);
  stage.kubernetes.setDelay(250);
  const result = await stage.check({ permissions: ['get pods', 'list services', 'get deployments'] });
  expect(result).toMatchObject({ verdict: 'ok', counts: { failed: 0 } });
  expect(linkOf(result, 'endpoint').saw).toMatch(/^localhost:\d+ directly, TLS name verified$/);
  expect(linkOf(result, 'review').saw).toBe(`${CALLER}, groups dataops`);
  expect(linkOf(result, 'permissions').saw).toBe('may get pods, list services, get deployments');
  expect(linkOf(result, 'access-entry').saw).toBe(
    `${ROLE_ARN}, STANDARD, groups dataops, AmazonEKSViewPolicy (cluster)`,
  );
  const late = stage.kubernetes.calls().slice(-5);
  expect(stage.kubernetes.refusals()).toEqual([]);
  expect(countRounds([...stage.aws.calls().slice(before), ...late])).toBeLessThanOrEqual(3);
});

it('tells 401 from 403, says who one is, and what to ask for', async () => {
  const stage = await openCheckStage({ cluster: { accessEntries: [] } });
  const result = await stage.check({ permissions: ['get pods'] });
  expect(linkOf(result, 'token')).toMatchObject({
    state: 'failed',
    code: 'eks-role-not-mapped',
    saw: 'Kubernetes answered 401: the cluster does not know this role',
    evidence: [
      ['you are', ROLE_ARN],
      ['evidence', 'none of 0 access entries is for it'],
      [
        'ask for',
        `aws eks create-access-entry --cluster-name hotpass-staging --region eu-west-1 --principal-arn ${ROLE_ARN}`,
      ],
    ],
    next: 'hotpass aws check staging',
  });
  expect(states(result)).toMatchObject({
    endpoint: 'ok',
    review: 'needs: token',
    permissions: 'needs: token',
    'access-entry': 'failed',
  });
});

it('sees that the role was made anew, with another suffix', async () => {
  const former = ROLE.replace(/_[0-9a-f]+$/, '_9f8e7d6c5b4a3f2e');
  const principalArn = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${former}`;
  const stage = await openCheckStage({ cluster: { accessEntries: [{ principalArn }] } });
  stage.aws.setForbidden('iam:*', true);
  expect(linkOf(await stage.check(), 'token').evidence).toEqual([
    // What IAM does not tell is known from the sister: the path holds a region.
    ['you are', `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${ROLE}`],
    [
      'evidence',
      '1 of 1 access entries has this name with another suffix (_9f8e7d6c5b4a3f2e): the role was re-created',
    ],
    ['ask for', expect.stringContaining(`role/aws-reserved/sso.amazonaws.com/eu-west-1/${ROLE}`)],
  ]);
});

it('says that the ConfigMap lets one in, where no entry does', async () => {
  const row = { arn: `arn:aws:iam::${ACCOUNT}:role/${ROLE}`, username: 'operator', groups: ['ops'] };
  const stage = await openCheckStage({
    cluster: { authenticationMode: 'API_AND_CONFIG_MAP', accessEntries: [] },
    kubernetes: { configMap: [row] },
  });
  expect(linkOf(await stage.check(), 'access-entry')).toMatchObject({
    state: 'ok',
    saw: 'none of 0 access entries is for role AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b; the aws-auth ConfigMap lets you in',
  });
  stage.change({ authenticationMode: 'CONFIG_MAP' });
  expect(linkOf(await stage.check(), 'access-entry')).toMatchObject({
    state: 'skipped',
    saw: 'this cluster has none: access is by the aws-auth ConfigMap',
  });
});

it('names what the ConfigMap would have to say, without the path', async () => {
  const stage = await openCheckStage({ cluster: { authenticationMode: 'CONFIG_MAP' } });
  expect(linkOf(await stage.check(), 'token').evidence).toContainEqual([
    'ask for',
    `mapRoles of the aws-auth ConfigMap: arn:aws:iam::${ACCOUNT}:role/${ROLE}`,
  ]);
});

it('says which of the permissions one lacks, and why', async () => {
  const stage = await openCheckStage();
  const result = await stage.check({ permissions: ['get pods', 'delete pods'], namespace: 'default' });
  expect(linkOf(result, 'permissions')).toMatchObject({
    state: 'failed',
    code: 'eks-forbidden',
    saw: 'may not delete pods in default (1 of 2 denied)',
    evidence: expect.arrayContaining([
      ['you are', `${CALLER}, groups dataops`],
      ['by entry', 'AmazonEKSViewPolicy (cluster)'],
    ]),
  });
  expect(states(result)).toMatchObject({ token: 'ok', review: 'ok' });
});

it('asks whether one sees anything in a namespace, where config lists nothing', async () => {
  const stage = await openCheckStage();
  expect(linkOf(await stage.check({ namespace: 'default' }), 'permissions').saw).toBe(
    'may list pods in default',
  );
  expect(linkOf(await stage.check(), 'permissions')).toMatchObject({
    state: 'skipped',
    saw: 'none is listed: eks.permissions in hotpass.yaml, or --namespace NAME',
  });
});

it('asks in the version of the question that an older cluster knows, and in the other', async () => {
  const stage = await openCheckStage({ cluster: { version: '1.27' } });
  expect(linkOf(await stage.check(), 'review')).toMatchObject({
    state: 'skipped',
    saw: 'Kubernetes 1.27 has no SelfSubjectReview',
  });
  const asked = stage.kubernetes.calls().map(({ target }) => target);
  expect(asked.filter((path) => path.includes('selfsubjectreviews'))).toEqual([
    '/apis/authentication.k8s.io/v1beta1/selfsubjectreviews',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  ]);
});

it('skips the access entry where listing them is denied', async () => {
  const stage = await openCheckStage();
  stage.aws.setForbidden('eks:ListAccessEntries', true);
  const result = await stage.check();
  expect(linkOf(result, 'access-entry')).toMatchObject({
    state: 'skipped',
    saw: 'not permitted: eks:ListAccessEntries',
  });
  expect(result.verdict).toBe('ok');
});

it('says what was not seen of an entry that may not be described', async () => {
  const stage = await openCheckStage();
  stage.aws.setForbidden('eks:DescribeAccessEntry', true);
  expect(linkOf(await stage.check(), 'access-entry')).toMatchObject({
    state: 'ok',
    saw: `${ROLE_ARN}; what it permits was not seen`,
  });
});

it('says so where the policies of an entry may not be seen', async () => {
  const stage = await openCheckStage();
  stage.aws.setForbidden('eks:ListAssociatedAccessPolicies', true);
  expect(linkOf(await stage.check(), 'access-entry')).toMatchObject({
    state: 'ok',
    saw: expect.stringMatching(/policies not permitted to be seen$/),
  });
});

it.each([
  ['another-authority', /not of the cluster's authority/],
  ['another-name', /not for localhost/],
  ['expired', /no longer good/],
] as const)('sends no token where the certificate has the fault %s', async (fault, saw) => {
  const stage = await openCheckStage();
  stage.kubernetes.setCertificate(fault);
  const result = await stage.check();
  expect(linkOf(result, 'endpoint')).toMatchObject({
    state: 'failed',
    code: 'eks-tls-untrusted',
    saw: expect.stringMatching(saw),
    evidence: expect.arrayContaining([['issued by', expect.any(String)]]),
  });
  expect(states(result)).toMatchObject({ token: 'needs: endpoint', review: 'needs: endpoint' });
  expect(stage.kubernetes.calls()).toEqual([]);
});

it('says that the endpoint cuts the connection, and who alone reaches it', async () => {
  const stage = await openCheckStage({ cluster: { publicCidrs: ['192.0.2.0/24'] } });
  stage.kubernetes.setAway(true);
  expect(linkOf(await stage.check(), 'endpoint')).toMatchObject({
    state: 'failed',
    code: 'eks-unreachable',
    saw: expect.stringMatching(/^localhost:\d+ cut the connection$/),
    evidence: [['likely', "this machine's address is outside of 192.0.2.0/24, which alone reach it"]],
  });
});

it('leads to the tunnel where the endpoint is private', async () => {
  const stage = await openCheckStage({ cluster: { isPublic: false, isPrivate: true } });
  stage.kubernetes.setAway(true);
  expect(linkOf(await stage.check(), 'endpoint')).toMatchObject({
    state: 'failed',
    code: 'eks-endpoint-private',
    next: 'hotpass net up staging',
  });
  const flags = ['--eks-cluster', 'hotpass-staging'];
  expect(linkOf(await stage.check({ flags, hasForward: false }), 'endpoint').next).toBe(
    'hotpass net up staging --forward eks --eks-cluster hotpass-staging',
  );
});

it('does not wait to the end for a connection that never comes, and asks nothing further', async () => {
  const stage = await openCheckStage({ cluster: { isPublic: false, isPrivate: true } });
  stage.kubernetes.setStall('tls');
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => void (ms === 4_000 && setTimeout(resolve, 300)));
  const result = await stage.check({ timeoutMs: 60_000 }, {}, { sleep });
  expect(linkOf(result, 'endpoint')).toMatchObject({
    code: 'eks-endpoint-private',
    saw: expect.stringMatching(/: localhost:\d+ does not answer: no connection in 4 s$/),
  });
  expect(states(result)).toMatchObject({ token: 'needs: endpoint', 'access-entry': 'ok' });
});

it.each([
  ['tls', 'endpoint', 'the endpoint did not answer within 60 s', 'needs: endpoint'],
  ['http', 'token', 'Kubernetes did not answer within 60 s', 'needs: token'],
] as const)('fails alone where it hangs at %s', async (where, id, saw, needs) => {
  const stage = await openCheckStage();
  stage.kubernetes.setStall(where);
  // Time is up once all others have answered, however long that takes here.
  const isAlone = () => {
    const answered = stage.aws.calls().filter(({ endedAt }) => endedAt !== undefined);
    return answered.length >= 5 && (where === 'tls' || stage.kubernetes.calls().length >= 2);
  };
  const sleep = async (ms: number) => {
    if (ms !== 60_000) return new Promise<void>(() => undefined);
    while (!isAlone()) await new Promise((resolve) => setTimeout(resolve, 20));
    return new Promise<void>((resolve) => void setTimeout(resolve, 100));
  };
  const result = await stage.check({ timeoutMs: 60_000 }, {}, { sleep });
  expect(linkOf(result, id)).toMatchObject({ state: 'failed', code: 'eks-unreachable', saw });
  expect(states(result)).toMatchObject({ cluster: 'ok', 'access-entry': 'ok', review: needs });
});

it.each([
  [302, 'eks-failed', /^Kubernetes answered 302/],
  [400, 'eks-failed', /^Kubernetes answered 400/],
  [404, 'eks-failed', /^Kubernetes answered 404/],
  [500, 'eks-failed', /^Kubernetes answered 500/],
  [503, 'eks-failed', /^Kubernetes answered 503/],
] as const)('says that Kubernetes answers %i', async (status, code, saw) => {
  const stage = await openCheckStage();
  stage.kubernetes.setStatus(status);
  expect(linkOf(await stage.check(), 'token')).toMatchObject({
    state: 'failed',
    code,
    saw: expect.stringMatching(saw),
  });
});

it('never shows the token or the keys', async () => {
  const stage = await openCheckStage({ cluster: { accessEntries: [] } });
  for (const fault of ['another-authority', null] as const) {
    stage.kubernetes.setCertificate(fault);
    const text = JSON.stringify(await stage.check());
    for (const secret of ['k8s-aws-v1', 'data/ops', 'data+ops', 'ASIADATAOPS'])
      expect(text).not.toContain(secret);
  }
});

it('says how far the clock is off, and gets through all the same', async () => {
  const stage = await openCheckStage();
  stage.aws.shiftClock(602_000);
  const result = await stage.check();
  expect(linkOf(result, 'identity').evidence).toEqual([['clock', 'this machine is 10 min behind AWS']]);
});

it('finds an entry by the name of the role, whatever its path', async () => {
  const principalArn = ENTRY.principalArn.replace('sso.amazonaws.com/', 'sso.amazonaws.com/eu-west-1/');
  const stage = await openCheckStage({ cluster: { accessEntries: [{ principalArn }] } });
  expect(linkOf(await stage.check(), 'access-entry')).toMatchObject({
    state: 'ok',
    saw: expect.stringContaining(principalArn),
  });
});

it('does not say that nothing is broken where EKS gives no way to the cluster', async () => {
  const stage = await openCheckStage();
  stage.change({ ca: '' });
  const result = await stage.check();
  expect(result).toMatchObject({ verdict: 'failed' });
  expect(linkOf(result, 'endpoint')).toMatchObject({
    state: 'failed',
    code: 'cluster-not-active',
    saw: 'EKS names no endpoint of hotpass-staging, or no authority for it',
    next: 'hotpass aws check staging',
  });
  expect(states(result)).toMatchObject({
    cluster: 'ok',
    token: 'needs: endpoint',
    review: 'needs: endpoint',
  });
});
