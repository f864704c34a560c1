import {
  DescribeInstanceInformationCommand,
  DescribeSessionsCommand,
  ResumeSessionCommand,
  SSMClient,
  StartSessionCommand,
  TerminateSessionCommand,
} from '@aws-sdk/client-ssm';
import { expect, it, onTestFinished } from 'vitest';
import { startSsm } from '../../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../../src/rehearsal/ssm/options.ts';

const BASTION = 'i-0123456789abcdef0';
const REMOTE_HOST = 'AWS-StartPortForwardingSessionToRemoteHost';

async function start(options: StartSsm = {}) {
  const ssm = await startSsm(options);
  onTestFinished(ssm.close);
  return { ssm, client: clientOf(ssm.url) };
}

function clientOf(endpoint: string, accessKeyId = 'AKIDREHEARSED') {
  const client = new SSMClient({
    region: 'eu-west-1',
    endpoint,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
  });
  onTestFinished(() => client.destroy());
  return client;
}

const startCommand = (
  input: { Target?: string; DocumentName?: string; host?: string; portNumber?: string } = {},
) =>
  new StartSessionCommand({
    Target: input.Target ?? BASTION,
    DocumentName: input.DocumentName ?? REMOTE_HOST,
    Parameters: { host: [input.host ?? 'db.internal'], portNumber: [input.portNumber ?? '5432'] },
    Reason: 'hotpass staging',
  });

it('starts, resumes, lists and terminates a session', async () => {
  const { ssm, client } = await start();
  const started = await client.send(startCommand());
  expect(started.SessionId).toMatch(/^operator-[0-9a-f]{17}$/);
  expect(started.StreamUrl).toBe(
    `ws://127.0.0.1:${ssm.port}/v1/data-channel/${started.SessionId}?role=publish_subscribe&cell-number=REHEARSED`,
  );
  const { SessionId } = started;
  const resumed = await client.send(new ResumeSessionCommand({ SessionId }));
  expect(resumed.TokenValue).not.toBe(started.TokenValue);
  const active = new DescribeSessionsCommand({ State: 'Active' });
  expect((await client.send(active)).Sessions).toMatchObject([
    { SessionId, Target: BASTION, Reason: 'hotpass staging', Status: 'Connecting' },
  ]);
  await client.send(new TerminateSessionCommand({ SessionId }));
  expect((await client.send(active)).Sessions).toEqual([]);
  expect((await client.send(new ResumeSessionCommand({ SessionId }))).TokenValue).toBeUndefined();
  expect(ssm.sessions()).toMatchObject([
    { state: 'Terminated', endedBy: 'api', streams: 0, targetSockets: 0 },
  ]);
});

it('finds instances by id, tag and state, page by page', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `i-000000000000000${index.toString(16)}0`);
  const { client } = await start({
    instances: ids.map((id, index) => ({
      id,
      tags: { Role: index < 7 ? 'bastion' : 'worker' },
      pingStatus: index === 3 ? 'ConnectionLost' : 'Online',
    })),
  });
  const find = async (Key: string, ...Values: string[]) => {
    const answer = await client.send(new DescribeInstanceInformationCommand({ Filters: [{ Key, Values }] }));
    return (answer.InstanceInformationList ?? []).map(({ InstanceId }) => InstanceId);
  };
  expect(await find('tag:Role', 'bastion')).toEqual(ids.slice(0, 7));
  expect(await find('PingStatus', 'ConnectionLost')).toEqual([ids[3]]);
  expect(await find('InstanceIds', ids[2] ?? '', ids[5] ?? '')).toEqual([ids[2], ids[5]]);
  const first = await client.send(new DescribeInstanceInformationCommand({ MaxResults: 5 }));
  expect(first.InstanceInformationList).toHaveLength(5);
  const { NextToken } = first;
  const second = await client.send(new DescribeInstanceInformationCommand({ MaxResults: 50, NextToken }));
  expect(second.InstanceInformationList).toHaveLength(7);
  expect(second.NextToken).toBeUndefined();
});

it.each([
  ['TargetNotConnected', { Target: 'i-0fffffffffffffff0' }],
  ['InvalidTarget', { Target: 'bastion' }],
  ['InvalidDocument', { DocumentName: 'Company-StartTunnel' }],
  ['InvalidParameters', { portNumber: '0' }],
])('answers %s as AWS does', async (name, input) => {
  const { client } = await start();
  await expect(client.send(startCommand(input))).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: 400 },
  });
});

it('knows callers by their access key id, and lets each be expired or forbidden', async () => {
  const { ssm, client } = await start();
  const list = (one = client) => one.send(new DescribeSessionsCommand({ State: 'Active' }));
  await expect(list(clientOf(ssm.url, 'AKIDSTRANGER'))).rejects.toThrow('security token included');
  ssm.setStanding('AKIDREHEARSED', 'expired');
  await expect(list()).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  ssm.setStanding('AKIDREHEARSED', 'forbidden');
  await expect(list()).rejects.toMatchObject({ name: 'AccessDeniedException' });
  ssm.setStanding('AKIDREHEARSED', 'good');
  await expect(list()).resolves.toBeDefined();
});

it('throttles, and refuses to resume, as often as it is told', async () => {
  const { ssm, client } = await start();
  const { SessionId } = await client.send(startCommand());
  const resume = () => client.send(new ResumeSessionCommand({ SessionId }));
  ssm.throttle(1);
  await expect(resume()).rejects.toMatchObject({ name: 'ThrottlingException' });
  ssm.refuseResume(1, 'error');
  await expect(resume()).rejects.toMatchObject({ name: 'InternalServerError' });
  ssm.refuseResume(1, 'no-token');
  expect((await resume()).TokenValue).toBeUndefined();
  expect((await resume()).TokenValue).toBeDefined();
});

it('refuses what is not signed for it', async () => {
  const { ssm } = await start();
  const call = async (authorization?: string) => {
    const headers = { 'x-amz-target': 'AmazonSSM.DescribeSessions', ...(authorization && { authorization }) };
    const response = await fetch(ssm.url, { method: 'POST', headers, body: '{"State":"Active"}' });
    return `${response.status} ${JSON.parse(await response.text()).__type}`;
  };
  const signed = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=AKIDREHEARSED/20261121/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  expect(await call()).toBe('400 MissingAuthenticationTokenException');
  expect(await call(signed('sts'))).toBe('400 InvalidSignatureException');
  expect(await call('Bearer x')).toBe('400 IncompleteSignatureException');
});
