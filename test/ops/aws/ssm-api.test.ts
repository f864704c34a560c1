import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { HotpassError } from '../../../src/errors.ts';
import { createSsmApi } from '../../../src/ops/aws/ssm-api.ts';
import { startSsm } from '../../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../../src/rehearsal/ssm/options.ts';
import { NEVER } from '../../../src/signals.ts';
import { freePort } from '../../support/ports.ts';

const KEY = 'AKIDREHEARSED';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const INSTANCE = 'i-0123456789abcdef0';

async function openSsm(options: StartSsm = {}) {
  const ssm = await startSsm(options);
  onTestFinished(() => ssm.close());
  const env = {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_SSM: ssm.url,
    HOME: '/nonexistent',
  };
  return { ssm, env, api: await createSsmApi(env, {}) };
}

const start = {
  target: INSTANCE,
  document: 'AWS-StartPortForwardingSessionToRemoteHost',
  parameters: { host: ['10.0.0.7'], portNumber: ['80'], localPortNumber: ['0'] },
  reason: 'ticket 4711',
};

async function errorOf(promise: Promise<unknown>): Promise<HotpassError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof HotpassError) return error;
  throw new Error(`no HotpassError: ${String(error)}`);
}

it('starts a session, gives a new token for it, lists it, and ends it', async () => {
  const { ssm, api } = await openSsm();
  const { sessionId, streamUrl, token } = await api.startSession(start, NEVER);
  expect(streamUrl).toMatch(/^ws:\/\/127\.0\.0\.1:/);
  expect(ssm.calls()[0]).toMatchObject({
    operation: 'StartSession',
    accessKeyId: KEY,
    request: {
      Target: INSTANCE,
      DocumentName: start.document,
      Parameters: start.parameters,
      Reason: 'ticket 4711',
    },
  });
  expect(await api.findSessions(NEVER)).toEqual([{ sessionId, target: INSTANCE, reason: 'ticket 4711' }]);
  const resumed = await api.resumeSession(sessionId, NEVER);
  expect(resumed?.token).not.toBe(token);
  await api.terminateSession(sessionId, NEVER);
  expect(await api.resumeSession(sessionId, NEVER)).toBeUndefined();
  await api.terminateSession('operator-0000', NEVER);
  expect(await api.resumeSession('operator-0000', NEVER)).toBeUndefined();
});

it('reads all pages of the inventory, and only what a filter leaves', async () => {
  const instances = Array.from({ length: 23 }, (_, index) => ({
    id: `i-0123456789abcd${String(index).padStart(3, '0')}`,
    name: `node-${index}`,
    tags: { Parity: index % 2 === 0 ? 'even' : 'odd' },
    ...(index === 4 ? { pingStatus: 'ConnectionLost' as const } : {}),
  }));
  const { api, ssm } = await openSsm({ instances, pageSize: 5 });
  const all = await api.findInstances([], NEVER);
  expect(all.map(({ id }) => id)).toEqual(instances.map(({ id }) => id));
  expect(ssm.calls()).toHaveLength(5);
  expect(all.filter(({ isOnline }) => !isOnline).map(({ id }) => id)).toEqual([instances[4]?.id]);
  expect(all[0]).toMatchObject({ agentVersion: '3.3.987.0', platform: 'Amazon Linux 2023' });
  expect(await api.findInstances([{ key: 'tag:Parity', values: ['even'] }], NEVER)).toHaveLength(12);
});

it('has the host that AWS_ENDPOINT_URL names, else the own one of the service', async () => {
  const { api, env } = await openSsm();
  expect(api.endpoint.href).toBe(`${env.AWS_ENDPOINT_URL_SSM}/`);
  const hosts = [
    [{ AWS_REGION: 'eu-west-1' }, 'ssm.eu-west-1.amazonaws.com'],
    [{ AWS_REGION: 'cn-north-1' }, 'ssm.cn-north-1.amazonaws.com.cn'],
    [{ AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'true' }, 'ssm-fips.us-east-1.amazonaws.com'],
    [{ AWS_REGION: 'eu-west-1', AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'ssm.eu-west-1.api.aws'],
  ] as const;
  for (const [more, host] of hosts) {
    const own = await createSsmApi({ ...env, AWS_ENDPOINT_URL_SSM: undefined, ...more }, {});
    expect(own.endpoint.host).toBe(host);
  }
});

it.each([
  [
    'of an instance that is offline',
    'instance-not-connected',
    `${INSTANCE} is not connected to Systems Manager in eu-west-1`,
  ],
  ['of expired keys', 'credentials-expired', 'the AWS keys of the environment have expired'],
  [
    'of what is not allowed',
    'access-denied',
    /^ssm:StartSession is not allowed: User: arn:aws:sts::123456789012/,
  ],
  ['of keys that nobody knows', 'access-denied', /^AWS does not know the AWS keys of the environment/],
])('tells %s', async (what, code, message) => {
  const offline = what.includes('offline');
  const { ssm, api } = await openSsm({
    instances: [{ id: INSTANCE, ...(offline ? { pingStatus: 'ConnectionLost' as const } : {}) }],
    ...(what.includes('nobody') ? { callers: [{ accessKeyId: 'AKIDOTHER' }] } : {}),
  });
  if (what.includes('expired')) ssm.setStanding(KEY, 'expired');
  if (what.includes('allowed')) ssm.setStanding(KEY, 'forbidden');
  const error = await errorOf(api.startSession(start, NEVER));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.hint).toBeTruthy();
  expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain(SECRET);
});

it('tries again by itself when the service wants fewer calls, and says so when that does not help', async () => {
  const { ssm, api } = await openSsm();
  ssm.throttle(2);
  await api.findInstances([], NEVER);
  expect(ssm.calls().map(({ status }) => status)).toEqual([400, 400, 200]);
  ssm.throttle(9);
  expect((await errorOf(api.findInstances([], NEVER))).code).toBe('aws-throttled');
});

it('says of a service that is not there what is wrong with the way', async () => {
  const { env } = await openSsm();
  const port = await freePort();
  const refused = await createSsmApi({ ...env, AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}` }, {});
  expect(await errorOf(refused.findSessions(NEVER))).toMatchObject({
    code: 'aws-unreachable',
    message: `127.0.0.1:${port} refuses connections`,
  });
  const nameless = await createSsmApi({ ...env, AWS_ENDPOINT_URL_SSM: 'https://ssm.invalid' }, {});
  expect(await errorOf(nameless.findSessions(NEVER))).toMatchObject({
    code: 'aws-unreachable',
    message: expect.stringMatching(/^ssm\.invalid has no address/),
  });
});

it('gives up at once when the caller does', async () => {
  const { env } = await openSsm();
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const api = await createSsmApi({ ...env, AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${port}` }, {});
  const began = performance.now();
  const error = await errorOf(api.findSessions(AbortSignal.timeout(100)));
  expect(error.code).toBe('interrupted');
  expect(performance.now() - began).toBeLessThan(2_000);
});

it('looks for credentials anew when those in hand have expired, without a restart', async () => {
  const { ssm, env } = await openSsm({ callers: [{ accessKeyId: KEY }, { accessKeyId: 'AKIDNEW' }] });
  const home = await mkdtemp(join(tmpdir(), 'hp-aws-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const file = join(home, 'credentials');
  const write = (id: string) =>
    writeFile(
      file,
      `[day]\naws_access_key_id = ${id}\naws_secret_access_key = ${SECRET}\naws_session_token = t\n`,
    );
  await write(KEY);
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = env;
  const api = await createSsmApi({ ...rest, AWS_SHARED_CREDENTIALS_FILE: file }, { profile: 'day' });
  await api.findSessions(NEVER);
  ssm.setStanding(KEY, 'expired');
  expect(await errorOf(api.findSessions(NEVER))).toMatchObject({
    code: 'credentials-expired',
    message: 'the credentials of profile day have expired',
  });
  await write('AKIDNEW');
  // Nobody told it: this call finds the new keys by itself.
  await api.findSessions(NEVER);
  expect(ssm.calls().at(-1)).toMatchObject({ accessKeyId: 'AKIDNEW', status: 200 });
  ssm.setStanding('AKIDNEW', 'expired');
  ssm.setStanding(KEY, 'good');
  await write(KEY);
  // Good keys in the file, expired ones in hand: within one call.
  await api.findSessions(NEVER);
  expect(
    ssm
      .calls()
      .map(({ status }) => status)
      .slice(-2),
  ).toEqual([400, 200]);
});

it('does not ask the instance metadata of a machine where nobody said that there is one', async () => {
  const { ssm, env } = await openSsm();
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = env;
  const api = await createSsmApi(rest, {});
  const began = performance.now();
  const error = await errorOf(api.findSessions(NEVER));
  expect(error).toMatchObject({ code: 'credentials-missing', message: 'there are no AWS credentials' });
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(ssm.calls()).toEqual([]);
});
