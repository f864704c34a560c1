import { expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import type { Answer } from '../../../../src/ops/aws/check/answer.ts';
import { chooseWay, judgeEndpoint } from '../../../../src/ops/aws/check/endpoint.ts';
import { ok } from '../../../../src/ops/aws/check/judge.ts';
import type { Mapping } from '../../../../src/ops/aws/check/mapping.ts';
import { judgePermissions } from '../../../../src/ops/aws/check/permissions.ts';
import {
  entryArnOf,
  formerEntries,
  isEntryOf,
  principalOf,
} from '../../../../src/ops/aws/check/principal.ts';
import { judgeReview } from '../../../../src/ops/aws/check/review.ts';
import { lengthText, untilText } from '../../../../src/ops/aws/check/span.ts';
import { judgeToken } from '../../../../src/ops/aws/check/token.ts';
import type { KubeAnswer } from '../../../../src/ops/kube/client.ts';
import { readPermission } from '../../../../src/ops/kube/permission.ts';
import type { FoundForward } from '../../../../src/ops/net/find-forwards.ts';
import { ACCOUNT, cluster, ROLE } from './support.ts';

const WORDS = {
  target: 'staging',
  again: 'hotpass aws check staging',
  up: 'hotpass net up staging',
  awsFlags: '--region eu-west-1',
};
const MAPPING: Mapping = { kind: 'role', evidence: [['you are', 'arn']], rights: [] };
const HELD = [ok('cluster', ''), ok('endpoint', '')];
const got = (status: number, body: unknown = {}): Answer<KubeAnswer> => ({
  kind: 'got',
  value: { status, body },
});
const userInfo = (username: string) => ({
  status: { userInfo: { username, groups: ['system:authenticated'] } },
});

it.each([
  ['a review of its own', got(201, userInfo('ann')), { state: 'ok', saw: 'taken' }],
  [
    'a refusal that names it',
    got(403, { message: 'selfsubjectreviews is forbidden: User "ann" cannot create' }),
    { state: 'ok', saw: 'taken (403: known, and not permitted)' },
  ],
  [
    'a review of nobody',
    got(201, userInfo('system:anonymous')),
    {
      state: 'failed',
      code: 'eks-role-not-mapped',
      saw: expect.stringContaining('the token did not get there'),
    },
  ],
  [
    'a refusal of nobody',
    got(403, { message: 'forbidden: User "system:anonymous" cannot get path "/version"' }),
    {
      state: 'failed',
      code: 'eks-role-not-mapped',
      evidence: [['likely', expect.stringContaining('proxy')]],
    },
  ],
  [
    '401',
    got(401),
    {
      state: 'failed',
      code: 'eks-role-not-mapped',
      evidence: [
        ['you are', 'arn'],
        ['clock', '2 min off'],
      ],
    },
  ],
  [
    'too many',
    got(429, { message: 'slow' }),
    { state: 'failed', code: 'eks-failed', saw: 'Kubernetes answered 429: slow' },
  ],
] as const)('takes %s for what it is', (_, answer, wanted) => {
  expect(judgeToken(answer, cluster, MAPPING, '2 min off', HELD, WORDS)).toMatchObject(wanted);
});

it.each([
  [got(404), { state: 'skipped', saw: 'Kubernetes 1.25 has no SelfSubjectReview' }],
  [got(403), { state: 'skipped', saw: 'not permitted: create selfsubjectreviews.authentication.k8s.io' }],
  [got(500, null), { state: 'failed', code: 'eks-failed', saw: 'Kubernetes answered 500' }],
  [got(201, userInfo('ann')), { state: 'ok', saw: 'ann, in no group of its own' }],
])('reads a review %#', (answer, wanted) => {
  expect(judgeReview(answer, '1.25', HELD, WORDS.again)).toMatchObject(wanted);
});

it('skips permissions that one may not ask for, and fails on what is no answer', () => {
  const judge = (answer: Answer<KubeAnswer>) =>
    judgePermissions(
      [{ permission: readPermission('get pods', 'a'), answer }],
      MAPPING,
      ok('review', 'ann'),
      HELD,
      WORDS,
    );
  expect(judge(got(403))).toMatchObject({
    state: 'skipped',
    saw: expect.stringMatching(/^not permitted: create self/),
  });
  expect(judge(got(201, {}))).toMatchObject({ state: 'failed', code: 'eks-failed' });
  const error = new HotpassError('eks-unreachable', 'late');
  expect(judge({ kind: 'failed', error })).toMatchObject({ state: 'failed', code: 'eks-unreachable' });
});

const FORWARD: FoundForward = {
  label: 'staging',
  name: 'eks',
  host: '127.0.0.1',
  port: 6443,
  remote: 'abcd.gr7.eu-west-1.eks.amazonaws.com:443',
  state: 'ready',
  service: { state: 'ok', how: 'asked' },
};

it('goes through a forward only where it leads to this cluster', () => {
  const { endpoint } = cluster;
  if (endpoint === undefined) throw new Error('the cluster has an endpoint');
  expect(chooseWay([FORWARD], endpoint)).toEqual({ forward: FORWARD, stray: undefined });
  const stray = { ...FORWARD, remote: 'other.eks.amazonaws.com:443' };
  const way = chooseWay([stray], endpoint);
  expect(chooseWay([stray, FORWARD], endpoint)).toEqual({ forward: FORWARD, stray: undefined });
  expect(way).toEqual({ forward: undefined, stray });
  const error = new HotpassError('eks-unreachable', 'no address');
  expect(judgeEndpoint({ kind: 'failed', error }, cluster, way, HELD, WORDS)).toMatchObject({
    code: 'eks-endpoint-private',
    evidence: [['forward', '"eks" of staging leads to other.eks.amazonaws.com:443']],
    next: 'hotpass net up staging',
  });
});

it('says what is wrong with the session where the forward does not get through', () => {
  const trouble = {
    reason: 'bastion has no address',
    code: 'ssh-unreachable',
    next: 'hotpass net logs staging',
  };
  const way = { forward: { ...FORWARD, state: 'reconnecting' as const, trouble }, stray: undefined };
  const error = new HotpassError('eks-unreachable', 'it cut the connection');
  expect(judgeEndpoint({ kind: 'failed', error }, cluster, way, HELD, WORDS)).toMatchObject({
    code: 'eks-unreachable',
    saw: 'it cut the connection; staging is reconnecting: bastion has no address',
    next: 'hotpass net logs staging',
  });
});

const IAM = `arn:aws:iam::${ACCOUNT}`;
it.each([
  [
    `arn:aws:sts::${ACCOUNT}:assumed-role/Deploy/i-0`,
    { arn: `${IAM}:role/Deploy`, kind: 'role', name: 'Deploy' },
  ],
  [
    `arn:aws:sts::${ACCOUNT}:assumed-role/${ROLE}/ann@acme.example`,
    { arn: `${IAM}:role/aws-reserved/sso.amazonaws.com/${ROLE}`, kind: 'role', name: ROLE },
  ],
  [`${IAM}:user/people/bob`, { arn: `${IAM}:user/people/bob`, kind: 'user', name: 'bob' }],
  [`${IAM}:root`, { arn: `${IAM}:root`, kind: 'other', name: 'root' }],
])('knows which principal %s is', (arn, principal) => {
  expect(principalOf(arn)).toEqual(principal);
});

it('finds the entry of a role by its name, in its own account, and users by all of their ARN', () => {
  const role = principalOf(`arn:aws:sts::${ACCOUNT}:assumed-role/Deploy/x`);
  expect(isEntryOf(`${IAM}:role/team/a/Deploy`, role)).toBe(true);
  expect(isEntryOf('arn:aws:iam::999999999999:role/Deploy', role)).toBe(false);
  expect(isEntryOf(`${IAM}:role/Deploy2`, role)).toBe(false);
  expect(isEntryOf(`${IAM}:user/other/bob`, principalOf(`${IAM}:user/bob`))).toBe(false);
  expect(formerEntries([`${IAM}:role/Deploy_9f8e`], role)).toEqual([]);
  expect(entryArnOf(role, `${IAM}:role/team/Deploy`, [])).toBe(`${IAM}:role/team/Deploy`);
});

it('writes times for people', () => {
  const now = new Date('2026-11-21T23:30:00');
  expect(untilText(new Date('2026-11-22T00:40:00'), now)).toBe('until 2026-11-22 00:40 (1 h 10 min)');
  expect([40_000, 720_000, 4 * 86_400_000].map(lengthText)).toEqual(['40 s', '12 min', '4 days']);
});
