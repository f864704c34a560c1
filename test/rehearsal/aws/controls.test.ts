import { DescribeClusterCommand, ListClustersCommand } from '@aws-sdk/client-eks';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { DescribeSessionsCommand, StartSessionCommand } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { DEFAULT_CALLER } from '../../../src/rehearsal/aws/account.ts';
import { eventually } from '../../real/support/sandbox-processes.ts';
import { countRounds, startFarAws } from '../../support/aws-far-side.ts';
import { clientsOf } from './aws-clients.ts';
import { ACCOUNT, OPERATOR, openAccount } from './aws-stage.ts';

const WHO = new GetCallerIdentityCommand();
const CLUSTER = new DescribeClusterCommand({ name: 'hotpass-staging' });
const ROLE = new GetRoleCommand({ RoleName: 'DataOps' });
const SESSIONS = new DescribeSessionsCommand({ State: 'Active' });
const ASSUME = new AssumeRoleCommand({
  RoleArn: 'arn:aws:iam::123456789012:role/DataOps',
  RoleSessionName: 'jane',
});

it.each([
  ['expired', ['ExpiredToken', 'ExpiredTokenException', 'ExpiredToken', 'ExpiredTokenException']],
  [
    'unknown',
    [
      'InvalidClientTokenId',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'UnrecognizedClientException',
    ],
  ],
  // Who somebody is takes no permission.
  ['forbidden', ['ok', 'AccessDeniedException', 'AccessDenied', 'AccessDeniedException']],
] as const)('lets a caller be %s in every service, and good again', async (standing, names) => {
  const { aws } = await openAccount();
  const { sts, eks, iam, ssm } = clientsOf(aws.url);
  const ask = async () => {
    const answers = await Promise.allSettled([
      sts.send(WHO),
      eks.send(CLUSTER),
      iam.send(ROLE),
      ssm.send(SESSIONS),
    ]);
    return answers.map((one) => (one.status === 'rejected' ? one.reason.name : 'ok'));
  };
  aws.setStanding(DEFAULT_CALLER.accessKeyId, standing);
  expect(await ask()).toEqual(names);
  aws.setStanding(DEFAULT_CALLER.accessKeyId, 'good');
  expect(await ask()).toEqual(['ok', 'ok', 'ok', 'ok']);
});

it("denies single actions, in AWS's words", async () => {
  const { aws } = await openAccount();
  const { sts, eks, iam, ssm } = clientsOf(aws.url);
  for (const action of ['eks:DescribeCluster', 'iam:*', 'sts:AssumeRole', 'ssm:StartSession'])
    aws.setForbidden(action, true);
  await expect(eks.send(CLUSTER)).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: `User: ${OPERATOR} is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:eu-west-1:123456789012:cluster/hotpass-staging because no identity-based policy allows the eks:DescribeCluster action`,
  });
  await expect(iam.send(ROLE)).rejects.toThrow('perform: iam:GetRole on resource: role DataOps because');
  await expect(sts.send(ASSUME)).rejects.toThrow('perform: sts:AssumeRole on resource: arn:aws:iam::');
  const start = new StartSessionCommand({ Target: 'i-0123456789abcdef0' });
  await expect(ssm.send(start)).rejects.toThrow('perform: ssm:StartSession on resource: ');
  expect(await eks.send(new ListClustersCommand())).toHaveProperty('clusters');
  expect(await ssm.send(SESSIONS)).toHaveProperty('Sessions');
  aws.setForbidden('eks:DescribeCluster', false);
  expect(await eks.send(CLUSTER)).toHaveProperty('cluster');
});

it('wants fewer calls as often as it is told, of one service', async () => {
  const { aws } = await openAccount();
  const { sts, eks } = clientsOf(aws.url);
  aws.throttle('eks', 1);
  await expect(eks.send(CLUSTER)).rejects.toMatchObject({
    name: 'ThrottlingException',
    $metadata: { httpStatusCode: 429 },
  });
  expect(await eks.send(CLUSTER)).toBeDefined();
  aws.throttle('sts', 1);
  await expect(sts.send(WHO)).rejects.toMatchObject({ name: 'Throttling', message: 'Rate exceeded' });
});

it.each([
  [10, 'Signature expired: '],
  [-10, 'Signature not yet current: '],
])(
  'with a clock that is %d minutes ahead refuses what is signed by another, and says its own time',
  async (minutes, words) => {
    const { aws } = await openAccount();
    const { sts, eks } = clientsOf(aws.url);
    aws.shiftClock(minutes * 60_000);
    await expect(sts.send(WHO)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      message: expect.stringMatching(
        new RegExp(
          `^${words}\\d{8}T\\d{6}Z is (now earlier|still later) than \\d{8}T\\d{6}Z \\(\\d{8}T\\d{6}Z [-+] 5 min\\.\\)$`,
        ),
      ),
    });
    await expect(eks.send(CLUSTER)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    const { headers } = await fetch(aws.url, { method: 'POST' });
    const aheadMs = Date.parse(headers.get('date') ?? '') - Date.now();
    expect(Math.abs(aheadMs - minutes * 60_000)).toBeLessThan(5_000);
    // The clients of AWS have learnt the time from the refusals.
    expect(await sts.send(WHO)).toHaveProperty('Arn');
  },
);

it('takes a clock that is four minutes off', async () => {
  const { aws } = await openAccount();
  const { sts } = clientsOf(aws.url);
  aws.shiftClock(4 * 60_000);
  expect(await sts.send(WHO)).toHaveProperty('Arn');
});

it('hangs, and answers late, in the service that it is told', async () => {
  const { aws } = await openAccount();
  const { sts, eks } = clientsOf(aws.url);
  aws.setHanging(true, 'eks');
  const abort = new AbortController();
  const hanging = eks.send(CLUSTER, { abortSignal: abort.signal });
  hanging.catch(() => undefined);
  await eventually('it was asked', async () => aws.calls().length === 1);
  aws.setDelay(60, 'sts');
  await sts.send(WHO);
  const [first, second] = aws.calls();
  expect(first).toMatchObject({ action: 'DescribeCluster', status: undefined, endedAt: undefined });
  expect((second?.endedAt ?? 0) - (second?.beganAt ?? 0)).toBeGreaterThanOrEqual(59);
  abort.abort();
  await expect(hanging).rejects.toMatchObject({ name: 'AbortError' });
  aws.setHanging(false);
  expect(await eks.send(CLUSTER)).toHaveProperty('cluster');
});

it('refuses what nobody signed in each service', async () => {
  const { aws } = await openAccount();
  const say = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${aws.url}${path}`, init);
    const text = await answer.text();
    return `${answer.status} ${answer.headers.get('x-amzn-errortype') ?? /<Code>(\w+)|"__type":"(\w+)"/.exec(text)?.slice(1).join('')}`;
  };
  const form = (body: string) => ({ method: 'POST', body });
  expect(await say('/', form('Action=GetCallerIdentity&Version=2011-06-15'))).toBe(
    '403 MissingAuthenticationToken',
  );
  expect(await say('/', form('Action=GetRole&Version=2010-05-08'))).toBe('403 MissingAuthenticationToken');
  expect(await say('/clusters')).toBe('403 MissingAuthenticationTokenException');
  const target = { 'x-amz-target': 'AmazonSSM.DescribeSessions' };
  expect(await say('/', { method: 'POST', headers: target, body: '{}' })).toBe(
    '400 MissingAuthenticationTokenException',
  );
  expect(await say('/', { headers: { authorization: 'AWS4-HMAC-SHA256 nothing' } })).toBe(
    '400 IncompleteSignature',
  );
  expect(await say('/%E0%A4%A', { method: 'POST', body: '%E0%A4%A=1&Action=x' })).toBe(
    '403 MissingAuthenticationToken',
  );
  expect(aws.calls().map(({ service }) => service)).toEqual(['sts', 'iam', 'eks', 'ssm', 'iam', 'iam']);
});

it('leads a process there by one address, and counts the answers that it waited for', async () => {
  const far = await startFarAws({ account: ACCOUNT });
  expect(far.env()).toMatchObject({
    AWS_ENDPOINT_URL: far.url,
    AWS_ACCESS_KEY_ID: DEFAULT_CALLER.accessKeyId,
  });
  const { sts, eks, iam } = clientsOf(far.url);
  far.setDelay(40);
  await Promise.all([sts.send(WHO), eks.send(CLUSTER), iam.send(ROLE)]);
  expect(far.rounds()).toBe(1);
  await eks.send(CLUSTER);
  expect(far.rounds()).toBe(2);
  const last = far.calls().at(-1)?.endedAt ?? 0;
  expect(far.rounds([{ beganAt: last, endedAt: last + 1 }])).toBe(3);
  expect(countRounds([])).toBe(0);
});
