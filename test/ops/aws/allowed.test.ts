import { describe, expect, it } from 'vitest';
import {
  type Allowed,
  allowedBy,
  callerOf,
  judgeCluster,
  judgeIdentity,
} from '../../../src/ops/aws/allowed.ts';

const ACCOUNT = '123456789012';
const STS = `arn:aws:sts::${ACCOUNT}`;
const IAM = `arn:aws:iam::${ACCOUNT}`;
const SSO = 'AWSReservedSSO_DataOps_1a2b3c4d5e6f7a8b';
const judge = (arn: string, allowed: Partial<Allowed>, account = ACCOUNT) =>
  judgeIdentity({ arn, account, userId: 'AIDA' }, { target: 'staging', ...allowed });

describe('callerOf', () => {
  it.each([
    ['a role without its session', `${STS}:assumed-role/Deploy/i-0abc`, 'role', ['Deploy']],
    ['a session with a slash', `${STS}:assumed-role/Deploy/a/b`, 'role', ['Deploy']],
    ['a permission set', `${STS}:assumed-role/${SSO}/me@acme.example`, 'role', ['DataOps', SSO]],
    [
      'a permission set with lines',
      `${STS}:assumed-role/AWSReservedSSO_Data_Ops_ab_12/me`,
      'role',
      ['Data_Ops_ab', 'AWSReservedSSO_Data_Ops_ab_12'],
    ],
    [
      'what only looks like one',
      `${STS}:assumed-role/AWSReservedSSO_DataOps/me`,
      'role',
      ['AWSReservedSSO_DataOps'],
    ],
    ['a user without its path', `${IAM}:user/people/bob`, 'user', ['bob']],
    ['root', `${IAM}:root`, 'root', ['root']],
    ['a federated user', `${STS}:federated-user/Bob`, 'federated', ['Bob']],
    ['another partition', `arn:aws-us-gov:sts::${ACCOUNT}:assumed-role/Deploy/x`, 'role', ['Deploy']],
  ] as const)('names %s', (_, arn, kind, names) => {
    expect(callerOf({ arn })).toEqual({ kind, name: names[0], names });
  });
});

describe('judgeIdentity', () => {
  it.each([
    ['nothing is configured', `${IAM}:root`, {}],
    ['the account is listed', `${IAM}:user/bob`, { accounts: ['210987654321', ACCOUNT] }],
    ['the role has the name', `${STS}:assumed-role/Deploy/x`, { roles: ['Deploy'] }],
    ['the role fits a pattern', `${STS}:assumed-role/TeamDataOpsRead/x`, { roles: ['Nobody', '*DataOps*'] }],
    ['the permission set has the name', `${STS}:assumed-role/${SSO}/me`, { roles: ['DataOps'] }],
    [
      'the role of a permission set fits',
      `${STS}:assumed-role/${SSO}/me`,
      { roles: ['AWSReservedSSO_DataOps_*'] },
    ],
  ])('allows where %s', (_, arn, allowed) => {
    expect(judge(arn, allowed)).toBeUndefined();
  });

  it.each([
    [
      'another account',
      `${STS}:assumed-role/Deploy/x`,
      { accounts: ['210987654321'], roles: ['Deploy'] },
      'account-not-allowed',
      `account ${ACCOUNT} is not allowed for staging; allowed: 210987654321`,
    ],
    [
      'another role',
      `${STS}:assumed-role/Admin/Deploy`,
      { roles: ['Deploy', 'Read*'] },
      'role-not-allowed',
      'role Admin is not allowed for staging; allowed: Deploy, Read*',
    ],
    [
      'a longer name',
      `${STS}:assumed-role/DeployMore/x`,
      { roles: ['Deploy'] },
      'role-not-allowed',
      'role DeployMore is not allowed for staging; allowed: Deploy',
    ],
    [
      'a dot that is one',
      `${STS}:assumed-role/DeployX/x`,
      { roles: ['Deploy.'] },
      'role-not-allowed',
      'role DeployX is not allowed for staging; allowed: Deploy.',
    ],
    [
      'a user',
      `${IAM}:user/Deploy`,
      { roles: ['*'] },
      'role-not-allowed',
      'user Deploy, which is no role, is not allowed for staging; allowed: *',
    ],
    [
      'root',
      `${IAM}:root`,
      { roles: ['*'] },
      'role-not-allowed',
      'root, which is no role, is not allowed for staging; allowed: *',
    ],
    [
      'all, where none is allowed',
      `${STS}:assumed-role/Deploy/x`,
      { accounts: [] },
      'account-not-allowed',
      `account ${ACCOUNT} is not allowed for staging; allowed: none`,
    ],
  ])('refuses %s', (_, arn, allowed, code, message) => {
    expect(judge(arn, allowed)).toMatchObject({
      code,
      message,
      exitCode: 2,
      hint: 'hotpass aws check staging --profile PROFILE',
    });
  });
});

describe('judgeCluster', () => {
  const allowed = allowedBy('staging', { eks: { cluster: 'blue', clusters: ['green-*'] } });

  it('allows the cluster of the target, and those that it lists', () => {
    expect([judgeCluster('blue', allowed), judgeCluster('green-2', allowed)]).toEqual([undefined, undefined]);
  });

  it('refuses any other', () => {
    expect(judgeCluster('red', allowed)).toMatchObject({
      code: 'cluster-not-allowed',
      message: 'cluster red is not allowed for staging; allowed: blue, green-*',
    });
  });

  it.each([
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*a', 'a', false],
    ['*ab*ab', 'xab', false],
    ['*', '', true],
    ['a**', 'a', true],
    // A file of somebody else's may hold it.
    [`${'*'.repeat(40)}x`, 'hotpass-staging-eu-west-1-blue', false],
  ])('reads %s for %s in no time', (pattern, name, isAllowed) => {
    const refusal = judgeCluster(name, allowedBy('staging', { eks: { clusters: [pattern] } }));
    expect(refusal === undefined).toBe(isAllowed);
  });

  it('allows all where nothing is listed beside the cluster of the target', () => {
    expect(judgeCluster('red', allowedBy('staging', { eks: { cluster: 'blue' } }))).toBeUndefined();
  });
});
