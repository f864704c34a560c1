import { describe, expect, it } from 'vitest';
import type { AccountApi, Aws, AwsPlace } from '../../../src/aws.ts';
import type { TargetConfig } from '../../../src/config/schema.ts';
import { HotpassError } from '../../../src/errors.ts';
import { type Change, guardOf, identityText, judgeConsent, passGuard } from '../../../src/ops/guard/guard.ts';
import { testSystem } from '../../support/system.ts';

const ARN = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b/me';
const IDENTITY = { account: '123456789012', arn: ARN, userId: 'AROA:me' };
const ALLOWED = { accounts: ['123456789012'], roles: ['Data*'] };
const UP = ['hotpass', 'net', 'up', 'prod'];
const place = { profile: 'ops', region: 'eu-west-1' };
const places = [place];

const guard = (values: TargetConfig, confirm?: string, command: readonly string[] = UP) =>
  guardOf('prod', values, { confirm, command });

/** Plays a change, and gives what was asked of AWS and how it went. */
async function pass(values: TargetConfig, change: Change, confirm?: string) {
  const asked: AwsPlace[] = [];
  const refuse = () => Promise.reject(new Error('this was not to be asked'));
  const api: AccountApi = {
    region: { value: 'eu-west-1', origin: 'test' },
    profile: undefined,
    ignored: [],
    findCredentials: refuse,
    getCallerIdentity: async () => IDENTITY,
    describeCluster: refuse,
    listAccessEntries: refuse,
    describeAccessEntry: refuse,
    getOidcProvider: refuse,
    getRole: refuse,
    makeClusterToken: refuse,
    clockOffsetMs: () => undefined,
  };
  const account: Aws['account'] = async (place) => {
    asked.push(place);
    return api;
  };
  const sys = testSystem({ aws: { ssm: refuse, account } });
  const outcome = await passGuard(sys, guard(values, confirm), change).catch((error: unknown) => error);
  return { asked, outcome };
}

describe('passGuard', () => {
  it.each<[string, TargetConfig, Change]>([
    ['nothing is configured', {}, { changes: 'its kube context', places, cluster: 'blue' }],
    ['AWS has no part in it', { aws: ALLOWED }, {}],
    ['only clusters are listed', { eks: { clusters: ['blue'] } }, { places, cluster: 'blue' }],
    ['a read-only target is looked at', { readOnly: true }, { places }],
  ])('asks nothing of AWS where %s', async (_, values, change) => {
    expect(await pass(values, change)).toEqual({ asked: [], outcome: [] });
  });

  it.each<[string, TargetConfig]>([
    ['accounts', { aws: { accounts: ALLOWED.accounts } }],
    ['roles', { aws: { roles: ALLOWED.roles } }],
    ['both', { aws: ALLOWED }],
  ])(
    'asks once who calls, with the very credentials that are used, where %s are listed',
    async (_, values) => {
      expect(await pass(values, { places })).toEqual({ asked: places, outcome: [IDENTITY] });
    },
  );

  it('asks for each of the credentials that are used, once', async () => {
    const role = { ...place, roleArn: 'arn:aws:iam::123456789012:role/Deploy' };
    const change = { places: [place, { ...place, region: 'eu-west-3' }, role] };
    expect((await pass({ aws: ALLOWED }, change)).asked).toEqual([{ ...place, region: 'eu-west-3' }, role]);
  });

  it.each<[string, TargetConfig, Change, string]>([
    ['an account', { aws: { accounts: ['210987654321'] } }, { places }, 'account-not-allowed'],
    ['a role', { aws: { roles: ['Admin'] } }, { places }, 'role-not-allowed'],
    [
      'a cluster',
      { aws: ALLOWED, eks: { clusters: ['blue'] } },
      { places, cluster: 'red' },
      'cluster-not-allowed',
    ],
    [
      'a change of a read-only target',
      { readOnly: true },
      { changes: 'its kube context' },
      'target-read-only',
    ],
    ['a change of a protected target', { protected: true }, { places }, 'confirm-missing'],
  ])('refuses %s with exit 2, and says that nothing was changed', async (_, values, change, code) => {
    const { outcome } = await pass(values, change);
    expect(outcome).toBeInstanceOf(HotpassError);
    expect(outcome).toMatchObject({
      code,
      exitCode: 2,
      state: 'nothing was changed',
      hint: expect.any(String),
    });
  });

  it('asks for a confirmation before it asks AWS, and refuses a read-only target whatever is confirmed', async () => {
    expect(await pass({ aws: ALLOWED, protected: true }, { places })).toMatchObject({
      asked: [],
      outcome: { code: 'confirm-missing' },
    });
    const both = { protected: true, readOnly: true };
    expect((await pass(both, { changes: 'files' }, 'prod')).outcome).toMatchObject({
      code: 'target-read-only',
      message: 'target prod is read-only, and this changes files',
    });
  });

  it('lets a protected target be changed once its name is given', async () => {
    expect(await pass({ aws: ALLOWED, protected: true }, { places }, 'prod')).toEqual({
      asked: places,
      outcome: [IDENTITY],
    });
  });
});

describe('judgeConsent', () => {
  it('prints the command with the confirmation, before what stands behind --', () => {
    expect(judgeConsent(guard({ protected: true }))).toMatchObject({
      message: 'target prod is protected',
      hint: 'hotpass net up prod --confirm prod',
    });
    const exec = ['hotpass', 'net', 'exec', 'prod', '--', 'COMMAND'];
    expect(judgeConsent(guard({ protected: true }, undefined, exec))?.hint).toBe(
      'hotpass net exec prod --confirm prod -- COMMAND',
    );
  });

  it('refuses the name of another target', () => {
    expect(judgeConsent(guard({ protected: true }, 'staging'))?.message).toBe(
      'target prod is protected, and --confirm names staging',
    );
  });

  it('wants nothing where the target is not protected', () => {
    expect(judgeConsent(guard({}))).toBeUndefined();
    expect(judgeConsent(guard({ protected: false }, 'staging'))).toBeUndefined();
  });
});

it('identityText names account and role, and the target that allows them', () => {
  expect(identityText(IDENTITY, guard({}))).toBe('account 123456789012, role DataOps: allowed for prod');
});
