import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { AccountApi } from '../../../src/aws.ts';
import type { TargetConfig } from '../../../src/config/schema.ts';
import { openSession } from '../../../src/ops/net/open.ts';
import { planUp } from '../../../src/ops/net/up.ts';
import { createSandbox } from '../../support/hotpass.ts';
import { testSystem } from '../../support/system.ts';
import { request } from './requests.ts';

const REFUSE = () => Promise.reject(new Error('this was not to be asked'));
const ACCOUNT: AccountApi = {
  region: { value: 'eu-west-1', origin: 'test' },
  profile: undefined,
  ignored: [],
  findCredentials: REFUSE,
  getCallerIdentity: async () => ({
    account: '123456789012',
    arn: 'arn:aws:sts::123456789012:assumed-role/DataOps/me',
    userId: 'AROA:me',
  }),
  describeCluster: REFUSE,
  listAccessEntries: REFUSE,
  describeAccessEntry: REFUSE,
  getOidcProvider: REFUSE,
  getRole: REFUSE,
  makeClusterToken: REFUSE,
  clockOffsetMs: () => undefined,
};
const WRONG: TargetConfig = { aws: { accounts: ['210987654321'] } };
const viaSsm = { instance: 'i-0123456789abcdef0', forward: ['web=web.internal:80'] };

/** Makes a machine whose AWS knows one caller and no instance, and a request there. */
async function ground(values: TargetConfig, args: Parameters<typeof request>[0]['args'] = viaSsm) {
  const sandbox = await createSandbox();
  onTestFinished(() => sandbox.remove());
  const sys = testSystem({
    cwd: sandbox.project,
    home: sandbox.home,
    env: sandbox.env,
    aws: { ssm: REFUSE, account: async () => ACCOUNT },
  });
  const state = join(sandbox.project, '.hotpass');
  const isEmpty = async () =>
    [...(await readdir(sandbox.project)), ...(await readdir(join(sandbox.root, 's')))].length === 0;
  return { sys, state, isEmpty, wish: request({ args, ...values, values }) };
}

it.each<[string, TargetConfig, string]>([
  ['a wrong account', WRONG, 'account-not-allowed'],
  ['a wrong role', { aws: { roles: ['Admin*'] } }, 'role-not-allowed'],
  ['a protected target', { protected: true }, 'confirm-missing'],
])('%s starts no program, grants no port and writes nothing', async (_, values, code) => {
  const { sys, state, isEmpty, wish } = await ground(values);
  await expect(openSession(sys, state, wish)).rejects.toMatchObject({ code, exitCode: 2 });
  expect(await isEmpty()).toBe(true);
});

it('a wrong account is no matter for a session that does not go through AWS', async () => {
  const { sys, state, wish } = await ground(WRONG, { via: 'direct', forward: ['web=web.internal:80'] });
  const { action, notes } = await planUp(sys, state, wish);
  expect({ action, notes }).toEqual({ action: 'start', notes: [] });
});

it.each<[string, TargetConfig, string]>([
  ['an account', WRONG, 'account-not-allowed'],
  ['a cluster', { eks: { clusters: ['staging-*'] } }, 'cluster-not-allowed'],
])('%s that is wrong is not asked where a cluster is, whichever way leads there', async (_, values, code) => {
  const asked = { via: 'direct', forward: ['eks'], eksCluster: 'prod-1' };
  const { sys, state, isEmpty, wish } = await ground(values, asked);
  await expect(openSession(sys, state, wish)).rejects.toMatchObject({ code, exitCode: 2 });
  await expect(planUp(sys, state, wish)).rejects.toMatchObject({ code });
  expect(await isEmpty()).toBe(true);
});

it('a dry run says what is to be confirmed, and confirms nothing', async () => {
  const { sys, state, isEmpty, wish } = await ground(
    { protected: true },
    { via: 'direct', label: 'night', forward: ['web=web.internal:80'] },
  );
  expect((await planUp(sys, state, wish)).notes).toEqual([
    'target staging is protected; it takes: hotpass net up staging --label night --confirm staging',
  ]);
  expect(await isEmpty()).toBe(true);
});

it('a dry run is refused with a wrong account', async () => {
  const { sys, state, wish } = await ground(WRONG);
  const outcome = planUp({ ...sys, aws: { ...sys.aws, ssm: () => new Promise(() => {}) } }, state, wish);
  await expect(outcome).rejects.toMatchObject({ code: 'account-not-allowed' });
});
