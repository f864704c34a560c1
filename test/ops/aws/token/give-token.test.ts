import { chmod, mkdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Ask, BEGIN, openTokenStage } from '../support/token-stage.ts';

type Stage = Awaited<ReturnType<typeof openTokenStage>>;
const role = 'arn:aws:iam::123456789012:role/DataOps';

async function onlyFile({ folder, files }: Stage): Promise<string> {
  const [name = 'none', ...more] = await files();
  expect(more).toEqual([]);
  return join(folder, name);
}

it.each<[string, Ask]>([
  ['at once', {}],
  ['a minute before its end', { at: 12.99 }],
  [
    'in another version of ExecCredential',
    { env: { KUBERNETES_EXEC_INFO: '{"apiVersion":"client.authentication.k8s.io/v1"}' } },
  ],
  ['with another variable that is none of AWS', { env: { KUBECONFIG: '/elsewhere' } }],
])('gives a token again %s', async (_, ask) => {
  const stage = await openTokenStage();
  expect([await stage.ask(), await stage.ask(ask)]).toEqual([1, 1]);
});

it.each<[string, Ask]>([
  ['another cluster', { wish: { cluster: 'west' } }],
  ['a region', { wish: { region: 'eu-west-1' } }],
  ['a profile', { wish: { profile: 'staging' } }],
  ['a role', { wish: { roleArn: role } }],
  ['another profile of the environment', { env: { AWS_PROFILE: 'staging' } }],
  ['another address of STS', { env: { AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' } }],
  ['any other variable of AWS', { env: { AWS_OF_TOMORROW: '1' } }],
  ['its last minute', { at: 13 }],
  ['a clock that was set back', { at: -1 }],
  ['--no-cache', { useCache: false }],
  ['another user', { uid: 4_711 }],
])('makes a new token for %s', async (_, ask) => {
  const stage = await openTokenStage();
  expect([await stage.ask(), await stage.ask(ask)]).toEqual([1, 2]);
});

it('keeps the tokens of two clusters beside each other', async () => {
  const stage = await openTokenStage();
  const [east, west] = [{}, { wish: { cluster: 'west' } }];
  const given = [await stage.ask(east), await stage.ask(west), await stage.ask(east), await stage.ask(west)];
  expect(given).toEqual([1, 2, 1, 2]);
});

it.each<[string, (stage: Stage) => Promise<unknown>]>([
  ['the config file', ({ write }) => write('.aws/config', '[profile staging]\nregion = eu-west-2\n')],
  ['the credentials file', ({ write }) => write('.aws/credentials', '')],
  ['the credentials file, gone', ({ home }) => rm(join(home, '.aws/credentials'))],
  ['a login of IAM Identity Center', ({ write }) => write('.aws/sso/cache/0a.json', '{"accessToken":"two"}')],
  ['a new login of IAM Identity Center', ({ write }) => write('.aws/sso/cache/0b.json', '{}')],
  ['a logout', ({ home }) => rm(join(home, '.aws/sso/cache/0a.json'))],
  ['a first login by aws login', ({ write }) => write('.aws/login/cache/1.json', '{}')],
])('makes a new token after a change of %s', async (_, change) => {
  const stage = await openTokenStage();
  expect(await stage.ask()).toBe(1);
  await change(stage);
  expect([await stage.ask(), await stage.ask()]).toEqual([2, 2]);
});

it('sees a change that leaves size and times of a file as they were', async () => {
  const stage = await openTokenStage();
  const path = await stage.write('.aws/credentials', '[staging]\naws_access_key_id = AKIA1\n');
  const when = new Date('2026-11-20T10:00:00Z');
  await utimes(path, when, when);
  expect(await stage.ask()).toBe(1);
  await stage.write('.aws/credentials', '[staging]\naws_access_key_id = AKIA2\n');
  await utimes(path, when, when);
  expect(await stage.ask()).toBe(2);
});

it.each<[string, (path: string) => { text: string; env: Record<string, string> }]>([
  ['that a variable names', (path) => ({ text: '', env: { AWS_WEB_IDENTITY_TOKEN_FILE: path } })],
  [
    'that a profile names',
    (path) => ({ text: `[profile pod]\n  web_identity_token_file=${path} \n`, env: {} }),
  ],
])('makes a new token after a change of a web identity %s', async (_, name) => {
  const stage = await openTokenStage();
  const { text, env } = name(await stage.write('identity', 'one'));
  await stage.write('.aws/config', text);
  expect([await stage.ask({ env }), await stage.ask({ env })]).toEqual([1, 1]);
  await stage.write('identity', 'two');
  expect(await stage.ask({ env })).toBe(2);
});

it('takes the state of files from before AWS was asked', async () => {
  const stage = await openTokenStage();
  const [first] = await Promise.all([stage.ask(), stage.write('.aws/sso/cache/0a.json', '{"renewed":1}')]);
  expect([first, await stage.ask()]).toEqual([1, 2]);
});

const end = new Date(BEGIN + 3_600_000);
const withProcess = '[profile base]\ncredential_process = /opt/keys\n';
const fromInstance = '[profile base]\nrole_arn = x\ncredential_source = Ec2InstanceMetadata\n';

it.each<[string, Ask, string]>([
  ['a container', { found: { provider: 'container', expiresAt: end } }, ''],
  ['an instance', { found: { provider: 'instance', expiresAt: end } }, ''],
  ['a program that names no end', { found: { provider: 'process' } }, withProcess],
  [
    'a role, taken on perhaps by a program',
    { found: { provider: 'assumed-role', expiresAt: end } },
    withProcess,
  ],
  [
    'a role, taken on perhaps by an instance',
    { found: { provider: 'assumed-role', expiresAt: end } },
    fromInstance,
  ],
  ['files that are named from where one stands', { env: { AWS_CONFIG_FILE: 'aws/config' } }, ''],
  ['a file that is none', { env: { AWS_CONFIG_FILE: '/dev/null' } }, ''],
  ['a user without a home', { env: { HOME: undefined } }, ''],
  ['a user whose home is not there', { env: { HOME: '/nonexistent/ann' }, home: '/nonexistent/ann' }, ''],
])('keeps nothing that comes from %s', async (_, ask, config) => {
  const stage = await openTokenStage();
  await stage.write('.aws/config', config);
  expect([await stage.ask(ask), await stage.ask(ask), await stage.files()]).toEqual([1, 2, []]);
});

it.each<[string, Ask, string]>([
  ['a program that names an end', { found: { provider: 'process', expiresAt: end } }, withProcess],
  ['a role', { found: { provider: 'assumed-role', expiresAt: end } }, ''],
  ['IAM Identity Center', { found: { provider: 'sso', expiresAt: end } }, ''],
])('keeps what comes from %s', async (_, ask, config) => {
  const stage = await openTokenStage();
  await stage.write('.aws/config', config);
  expect([await stage.ask(ask), await stage.ask(ask)]).toEqual([1, 1]);
});

const kept = { version: 1, token: 'k8s-aws-v1.9', madeAt: BEGIN, expiresAt: BEGIN + 840_000 };

it.each([
  ['nothing', ''],
  ['half of it', '{"version":1,"token":"k8s-aws-v1.1","exp'],
  ['another value', 'null'],
  ['no source', JSON.stringify({ ...kept, watched: [] })],
  ['sources of another shape', JSON.stringify({ ...kept, watched: [{}] })],
  ['what is no token', JSON.stringify({ ...kept, token: 'k8s-aws-v1.1\n' })],
])('replaces a file that holds %s', async (_, text) => {
  const stage = await openTokenStage();
  await stage.ask();
  await writeFile(await onlyFile(stage), text);
  expect([await stage.ask(), await stage.ask()]).toEqual([2, 2]);
});

it('believes no end that is later than that of any token', async () => {
  const stage = await openTokenStage();
  await stage.ask();
  const file = await onlyFile(stage);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/"expiresAt":\d+/, '"expiresAt":8640000000000001'));
  expect(await stage.ask()).toBe(2);
});

it('reads no link, and puts a file in its place', async () => {
  const stage = await openTokenStage();
  await stage.ask();
  const file = await onlyFile(stage);
  await rename(file, join(stage.home, 'elsewhere'));
  await symlink(join(stage.home, 'elsewhere'), file);
  expect([await stage.ask(), await stage.ask()]).toEqual([2, 2]);
  expect(await readFile(join(stage.home, 'elsewhere'), 'utf8')).toContain('k8s-aws-v1.1');
});

it.each(['file', 'folder'])(
  'reads nothing of a %s that others could look into, and makes it private',
  async (which) => {
    const stage = await openTokenStage();
    await stage.ask();
    const wide = which === 'file' ? await onlyFile(stage) : stage.folder;
    await chmod(wide, 0o755);
    expect([await stage.ask(), await stage.ask()]).toEqual([2, 2]);
    expect((await stat(wide)).mode & 0o077).toBe(0);
  },
);

it('is private, and holds no variable of AWS', async () => {
  const stage = await openTokenStage();
  await stage.ask({ env: { AWS_ACCESS_KEY_ID: 'AKIAPLAIN', AWS_SECRET_ACCESS_KEY: 'plain-secret' } });
  const file = await onlyFile(stage);
  expect([(await stat(file)).mode & 0o777, (await stat(stage.folder)).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(`${file} ${await readFile(file, 'utf8')}`).not.toMatch(/plain/i);
});

it.each<[string, (stage: Stage) => Promise<unknown>]>([
  ['a file is in the way', ({ write }) => write('.local/state', '')],
  [
    'a folder is in the way of its own',
    async (stage) => {
      await stage.ask();
      const file = await onlyFile(stage);
      await rm(file);
      await mkdir(file);
    },
  ],
])('gives a token where %s and none can be kept', async (_, block) => {
  const stage = await openTokenStage();
  await block(stage);
  const [one, two] = [await stage.ask(), await stage.ask()];
  expect(two).toBe(one + 1);
});

it('keeps few, and drops those that are over', async () => {
  const stage = await openTokenStage();
  for (let count = 0; count < 70; count += 1) await stage.ask({ wish: { cluster: `c${count}` } });
  const before = await stage.files();
  const old = new Date(BEGIN - 16 * 60_000);
  for (const name of before) await utimes(join(stage.folder, name), old, old);
  await stage.ask();
  expect([before.length, (await stage.files()).length]).toEqual([64, 1]);
});

it('gives each of many that ask at once a token, and keeps one', async () => {
  const stage = await openTokenStage();
  const given = await Promise.all(Array.from({ length: 20 }, () => stage.ask()));
  expect(given.every((number) => number >= 1 && number <= 20)).toBe(true);
  await onlyFile(stage);
  expect(given).toContain(await stage.ask());
});
