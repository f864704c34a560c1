import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AwsPlace } from '../../../src/aws.ts';
import { createAccountApi } from '../../../src/ops/aws/account-api.ts';
import { DEFAULT_CALLER } from '../../../src/rehearsal/aws/account.ts';
import { createAuthority } from '../../../src/rehearsal/kube/certificates.ts';
import { NEVER } from '../../../src/signals.ts';
import { startFarAws } from '../../support/aws-far-side.ts';
import { startCannedAws, xmlError } from '../../support/canned-aws.ts';
import { freePort, portOf } from '../../support/ports.ts';

const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
const KEYS = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
const MINUTE_MS = 60_000;

async function openAccount(now?: () => Date) {
  const aws = await startFarAws({ account: { clusters: [{ name: 'staging' }] } });
  const env = { ...aws.env(), HOME: '/nonexistent' };
  return { aws, env, api: await createAccountApi(env, {}, now) };
}

/** Makes a home folder with these profiles. */
async function openHome(config: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'hp-aws-'));
  onTestFinished(() => rm(home, { recursive: true }));
  await mkdir(join(home, '.aws'));
  await writeFile(join(home, '.aws/config'), config);
  return home;
}

it('knows how far the clocks are apart, from answers and from errors alike', async () => {
  const { api, aws } = await openAccount();
  expect(api.clockOffsetMs()).toBeUndefined();
  await api.getCallerIdentity(NEVER);
  expect(Math.abs(api.clockOffsetMs() ?? Number.NaN)).toBeLessThan(2_000);
  aws.setForbidden('eks:DescribeCluster', true);
  aws.shiftClock(2 * MINUTE_MS);
  await expect(api.describeCluster('staging', NEVER)).rejects.toMatchObject({ code: 'access-denied' });
  expect(api.clockOffsetMs()).toBeGreaterThan(1.9 * MINUTE_MS);
});

it.each([10, -10])('works by the clock of AWS when the own one is %i minutes off', async (minutes) => {
  const { api, aws } = await openAccount();
  aws.shiftClock(minutes * MINUTE_MS);
  expect(await api.getCallerIdentity(NEVER)).toMatchObject({ account: '123456789012' });
  expect((api.clockOffsetMs() ?? 0) / MINUTE_MS).toBeCloseTo(minutes, 0);
  expect(aws.calls().map(({ status }) => status)).toEqual([403, 200]);
  // A token of now would be one of ten minutes ago over there.
  const { token, expiresAt } = await api.makeClusterToken('staging', NEVER);
  const url = Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString();
  expect(aws.whoSigned(url, { 'x-k8s-aws-id': 'staging' })).toMatchObject({ account: '123456789012' });
  expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(13 * MINUTE_MS);
  expect(expiresAt.getTime() - Date.now()).toBeLessThan(15 * MINUTE_MS);
});

it('names the clock, and not the keys, when AWS goes on refusing', async () => {
  const date = new Date(Date.now() + 602_000).toUTCString();
  const words = 'Signature expired: 20261121T140000Z is now earlier than 20261121T140502Z (…)';
  const refusal = { ...xmlError('SignatureDoesNotMatch', words), headers: { date } };
  const aws = await startCannedAws(() => refusal);
  onTestFinished(() => aws.close());
  const env = { ...KEYS, AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: aws.url };
  await expect((await createAccountApi(env, {})).getCallerIdentity(NEVER)).rejects.toMatchObject({
    code: 'clock-off',
    message: expect.stringMatching(/^the clock of this machine is 10 min( \d s)? behind AWS$/),
    hint: 'timedatectl status',
  });
});

it('tells a wrong secret as one while the clocks agree', async () => {
  const { env } = await openAccount();
  const api = await createAccountApi({ ...env, AWS_SECRET_ACCESS_KEY: 'wrong' }, {});
  await expect(api.getCallerIdentity(NEVER)).rejects.toMatchObject({
    code: 'access-denied',
    message: expect.stringContaining('the secret key is wrong'),
  });
});

it('says of a service that it wants fewer calls, after three of them', async () => {
  const { api, aws } = await openAccount();
  aws.throttle('eks', 9);
  await expect(api.describeCluster('staging', NEVER)).rejects.toMatchObject({
    code: 'aws-throttled',
    message: expect.stringContaining('wants fewer calls (eks:DescribeCluster'),
  });
  expect(aws.calls()).toHaveLength(3);
});

it('gives up a service that hangs, and a search that hangs, as soon as the caller does', async () => {
  const { api, aws, env } = await openAccount();
  aws.setHanging(true);
  const began = performance.now();
  await expect(api.describeCluster('staging', AbortSignal.timeout(100))).rejects.toMatchObject({
    code: 'interrupted',
    message: 'eks:DescribeCluster was given up',
  });
  const home = await openHome('[profile slow]\ncredential_process = sleep 2\n');
  const slow = await createAccountApi({ ...env, HOME: home }, { profile: 'slow' });
  await expect(slow.findCredentials(AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'interrupted' });
  expect(performance.now() - began).toBeLessThan(1_500);
});

it('runs a credential_process once for all services', async () => {
  const { aws, env } = await openAccount();
  const answer = JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
  const home = await openHome('');
  const log = join(home, 'log');
  await writeFile(
    join(home, '.aws/config'),
    `[profile x]\ncredential_process = sh -c 'echo run >> ${log}; cat ${log}.json'\n`,
  );
  await writeFile(`${log}.json`, answer);
  const api = await createAccountApi({ ...env, HOME: home }, { profile: 'x' });
  await Promise.all([
    api.findCredentials(NEVER),
    api.getCallerIdentity(NEVER),
    api.describeCluster('staging', NEVER),
    api.getRole('x', NEVER),
    api.makeClusterToken('staging', NEVER),
  ]);
  expect(await api.findCredentials(NEVER)).toMatchObject({ provider: 'process', profile: 'x' });
  expect(aws.calls()).toHaveLength(3);
  expect(await readFile(log, 'utf8')).toBe('run\n');
});

it.each([
  ['[profile x]\ncredential_process = false\n', 'the credential_process of profile x failed'],
  [
    '[profile x]\ncredential_process = echo nonsense\n',
    'the credential_process of profile x failed: Profile x credential_process returned invalid JSON',
  ],
])('tells a credential_process that fails: %j', async (config, message) => {
  const { aws, env } = await openAccount();
  const api = await createAccountApi({ ...env, HOME: await openHome(config) }, { profile: 'x' });
  await expect(api.getCallerIdentity(NEVER)).rejects.toMatchObject({
    code: 'credential-process-failed',
    message,
  });
  expect(aws.calls()).toEqual([]);
});

it('says what is wrong with the way to a service, and asks for it by its own scheme', async () => {
  const { env } = await openAccount();
  const failure = async (AWS_ENDPOINT_URL: string, place: AwsPlace = {}) =>
    (await createAccountApi({ ...env, AWS_ENDPOINT_URL }, place)).getCallerIdentity(NEVER);
  const port = await freePort();
  await expect(failure(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: 'aws-unreachable',
    message: `127.0.0.1:${port} refuses connections`,
    hint: `is the VPN up? curl -sI http://127.0.0.1:${port}`,
  });
  await expect(failure('https://sts.invalid:8443')).rejects.toMatchObject({
    code: 'aws-unreachable',
    message: expect.stringMatching(/^sts\.invalid:8443 has no address/),
    hint: expect.stringMatching(/getent hosts sts\.invalid$|curl -sI https:\/\/sts\.invalid:8443$/),
  });
});

it('asks for the certificates of the proxy when those of a service are not trusted', async () => {
  const { cert, key } = createAuthority('somebody').issue(['127.0.0.1']);
  const server = createServer({ cert, key }, (_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const host = `127.0.0.1:${portOf(server.address())}`;
  const { env } = await openAccount();
  const api = await createAccountApi({ ...env, AWS_ENDPOINT_URL: `https://${host}` }, {});
  await expect(api.getCallerIdentity(NEVER)).rejects.toMatchObject({
    code: 'aws-unreachable',
    message: expect.stringContaining(`${host} shows a certificate that is not trusted`),
    hint: 'name the certificates of your proxy: AWS_CA_BUNDLE=FILE',
  });
});
