import { describe, expect, it } from 'vitest';
import { judgeExpected } from '../../../../src/ops/aws/oidc/judge-expected.ts';
import { allow, allowJobs, GITHUB, ISSUER, job, outcome, PROVIDER, policy, WORKER } from './policies.ts';

const SUB = `${ISSUER}:sub`;
const AUD = `${ISSUER}:aud`;
const OWN = WORKER.subject;
const deny = (condition: Record<string, Record<string, unknown>>, more: object = {}) =>
  allow(condition, { Effect: 'Deny', ...more });

describe('what IAM makes of a condition', () => {
  it.each([
    ['StringEquals that fits', { StringEquals: { [SUB]: OWN } }, 'allowed'],
    ['several values, one of which fits', { StringEquals: { [SUB]: ['a', OWN] } }, 'allowed'],
    [
      'several keys, all of which fit',
      { StringEquals: { [SUB]: OWN, [AUD]: 'sts.amazonaws.com' } },
      'allowed',
    ],
    ['several keys, one of which does not', { StringEquals: { [SUB]: OWN, [AUD]: 'other' } }, 'refused'],
    [
      'several operators, one of which does not',
      { StringEquals: { [SUB]: OWN }, StringLike: { [AUD]: 'x*' } },
      'refused',
    ],
    ['a key in other letters', { StringEquals: { [SUB.toUpperCase()]: OWN } }, 'allowed'],
    ['a value in other letters', { StringEquals: { [SUB]: OWN.toUpperCase() } }, 'refused'],
    ['StringEqualsIgnoreCase', { StringEqualsIgnoreCase: { [SUB]: OWN.toUpperCase() } }, 'allowed'],
    ['StringNotEqualsIgnoreCase', { StringNotEqualsIgnoreCase: { [SUB]: OWN.toUpperCase() } }, 'refused'],
    ['StringNotEquals of others', { StringNotEquals: { [SUB]: ['a', 'b'] } }, 'allowed'],
    ['StringNotEquals of this one too', { StringNotEquals: { [SUB]: ['a', OWN] } }, 'refused'],
    ['StringLike with *', { StringLike: { [SUB]: 'system:serviceaccount:hotpass:*' } }, 'allowed'],
    ['StringLike with * over colons', { StringLike: { [SUB]: 'system:*worker' } }, 'allowed'],
    [
      'StringLike with ? for each letter',
      { StringLike: { [SUB]: 'system:serviceaccount:hotpass:??????' } },
      'allowed',
    ],
    [
      'StringLike with a ? too many',
      { StringLike: { [SUB]: 'system:serviceaccount:hotpass:???????' } },
      'refused',
    ],
    ['StringLike that is no part', { StringLike: { [SUB]: 'serviceaccount' } }, 'refused'],
    ['StringLike counts letters', { StringLike: { [SUB]: 'SYSTEM:*' } }, 'refused'],
    ['StringNotLike', { StringNotLike: { [SUB]: 'system:serviceaccount:kube-system:*' } }, 'allowed'],
    ['StringNotLike of this one', { StringNotLike: { [SUB]: 'system:serviceaccount:hotpass:*' } }, 'refused'],
    ['StringEquals with *', { StringEquals: { [SUB]: 'system:serviceaccount:hotpass:*' } }, 'refused'],
    [
      'a claim that STS does not show',
      { StringEquals: { [`${ISSUER}:iss`]: `https://${ISSUER}` } },
      'refused',
    ],
    ['such a claim, negated', { StringNotEquals: { [`${ISSUER}:iss`]: 'x' } }, 'allowed'],
    ['such a claim, if it exists', { StringEqualsIfExists: { [`${ISSUER}:iss`]: 'x' } }, 'allowed'],
    ['IfExists of one that is there', { StringEqualsIfExists: { [SUB]: 'x' } }, 'refused'],
    [
      'ForAllValues of one that is missing',
      { 'ForAllValues:StringEquals': { [`${ISSUER}:iss`]: 'x' } },
      'allowed',
    ],
    [
      'ForAnyValue of one that is missing',
      { 'ForAnyValue:StringEquals': { [`${ISSUER}:iss`]: 'x' } },
      'refused',
    ],
    [
      'ForAnyValue, negated, of one that is missing',
      { 'ForAnyValue:StringNotEquals': { [`${ISSUER}:iss`]: 'x' } },
      'refused',
    ],
    [
      'ForAnyValue of one that is there',
      { 'ForAnyValue:StringLike': { [SUB]: ['x', 'system:*'] } },
      'allowed',
    ],
    ['ForAllValues of one that is there', { 'ForAllValues:StringLike': { [SUB]: 'x' } }, 'refused'],
    ['Null false of one that is there', { Null: { [SUB]: 'false' } }, 'allowed'],
    ['Null true of one that is there', { Null: { [SUB]: true } }, 'refused'],
    ['Null true of one that is missing', { Null: { [`${ISSUER}:amr`]: 'true' } }, 'allowed'],
    ['a key of another issuer', { StringEquals: { [`${GITHUB}:sub`]: OWN } }, 'refused'],
    ['a key of another issuer, negated', { StringNotEquals: { [`${GITHUB}:sub`]: OWN } }, 'allowed'],
    ['an escaped star', { StringLike: { [SUB]: `system:serviceaccount:hotpass:\${*}` } }, 'refused'],
    ['an operator that is not known', { StringMatches: { [SUB]: OWN } }, 'undecidable'],
    ['an operator of numbers', { NumericEquals: { [SUB]: '1' } }, 'undecidable'],
    ['a key of the request', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 'undecidable'],
    ['a session name', { StringEquals: { 'sts:RoleSessionName': 'x' } }, 'undecidable'],
    ['a variable', { StringEquals: { [SUB]: `\${aws:username}` } }, 'undecidable'],
    ['no values', { StringEquals: { [SUB]: [] } }, 'undecidable'],
    ['what is no value', { StringEquals: { [SUB]: [OWN, null] } }, 'undecidable'],
    ['conditions that are none', { StringEquals: OWN as never }, 'undecidable'],
    [
      'an unknown operator beside a condition that fails',
      { Bool: { 'aws:x': 'true' }, StringEquals: { [SUB]: 'x' } },
      'refused',
    ],
  ] as const)('%s', (_, condition, expected) => {
    expect(judgeExpected(policy(allow(condition)), WORKER).kind).toBe(expected);
  });

  it('takes a variable for plain text in a policy without a version', () => {
    const text = JSON.stringify({ Statement: allow({ StringLike: { [SUB]: `\${x}*` } }) });
    expect(judgeExpected(text, WORKER).kind).toBe('refused');
  });
});

describe('what IAM makes of statements', () => {
  const right = allow({ StringEquals: { [SUB]: OWN } });
  it.each([
    ['one that is no list', JSON.stringify({ Version: '2012-10-17', Statement: right }), 'allowed'],
    ['the second of two', policy(allow({ StringEquals: { [SUB]: 'x' } }), right), 'allowed'],
    ['a Deny behind an Allow', policy(right, deny({ StringLike: { [SUB]: '*:worker' } })), 'refused'],
    ['a Deny that is not for it', policy(deny({ StringLike: { [SUB]: '*:other' } }), right), 'allowed'],
    ['a Deny of everybody', policy(right, deny({}, { Principal: '*' })), 'refused'],
    ['a Deny of every AWS principal', policy(right, deny({}, { Principal: { AWS: '*' } })), 'refused'],
    ['a Deny of another action', policy(right, deny({}, { Action: 'sts:AssumeRole' })), 'allowed'],
    ['a Deny of all actions', policy(right, deny({}, { Action: '*' })), 'refused'],
    [
      'a Deny of all actions but this',
      policy(right, deny({}, { Action: undefined, NotAction: 'sts:assumerolewithwebidentity' })),
      'allowed',
    ],
    [
      'a Deny of all actions but another',
      policy(right, deny({}, { Action: undefined, NotAction: 'sts:AssumeRole' })),
      'refused',
    ],
    [
      'a Deny that depends on the request',
      policy(right, deny({ Bool: { 'aws:SecureTransport': 'false' } })),
      'undecidable',
    ],
    [
      'a Deny of everybody but',
      policy(right, deny({}, { Principal: undefined, NotPrincipal: { AWS: 'x' } })),
      'undecidable',
    ],
    [
      'such a Deny of another action',
      policy(right, deny({}, { Principal: undefined, NotPrincipal: '*', Action: 'sts:TagSession' })),
      'allowed',
    ],
    [
      'an Allow that depends, beside one that does not',
      policy(allow({ IpAddress: { 'aws:SourceIp': '::/0' } }), right),
      'allowed',
    ],
    [
      'an action in other letters, with wildcards',
      policy(allow({}, { Action: ['sts:TagSession', 'STS:assumerole*'] })),
      'allowed',
    ],
    ['an action with ?', policy(allow({}, { Action: 'sts:AssumeRoleWithWebIdentit?' })), 'allowed'],
    ['another action', policy(allow({}, { Action: 'sts:AssumeRole' })), 'refused'],
    ['providers in a list', policy(allow({}, { Principal: { Federated: ['x', PROVIDER] } })), 'allowed'],
    ['everybody', policy(allow({}, { Principal: '*' })), 'undecidable'],
    ['another provider', policy(allow({}, { Principal: { Federated: 'accounts.google.com' } })), 'refused'],
    [
      'a provider by a wildcard',
      policy(allow({}, { Principal: { Federated: `${PROVIDER.slice(0, -4)}*` } })),
      'refused',
    ],
    ['a service', policy(allow({}, { Principal: { Service: 'pods.eks.amazonaws.com' } })), 'refused'],
    ['no statement', policy(), 'refused'],
    ['a part that is not known', policy({ ...right, Resource: '*' }), 'undecidable'],
    ['an effect that is none', policy({ ...right, Effect: 'allow' }), 'undecidable'],
    ['a version that is newer', JSON.stringify({ Version: '2030-01-01', Statement: [right] }), 'undecidable'],
    ['no JSON', '{', 'undecidable'],
    ['JSON that is no policy', '[]', 'undecidable'],
  ] as const)('%s', (_, text, expected) => {
    expect(judgeExpected(text, WORKER).kind).toBe(expected);
  });
});

describe('a job of GitHub', () => {
  const key = (name: string) => `${GITHUB}:${name}`;
  it.each([
    [
      'the subject',
      { StringEquals: { [key('sub')]: 'repo:acme/data:ref:refs/heads/main' } },
      'ref:refs/heads/main',
      'allowed',
    ],
    ['the ref', { StringEquals: { [key('ref')]: 'refs/heads/main' } }, 'ref:refs/heads/main', 'allowed'],
    ['another ref', { StringEquals: { [key('ref')]: 'refs/heads/x' } }, 'ref:refs/heads/main', 'refused'],
    ['the repository', { StringEquals: { [key('repository')]: 'acme/data' } }, 'environment:prod', 'allowed'],
    ['the environment', { StringEquals: { [key('environment')]: 'prod' } }, 'environment:prod', 'allowed'],
    [
      'an environment that the job lacks',
      { StringEquals: { [key('environment')]: 'prod' } },
      'ref:refs/heads/main',
      'refused',
    ],
    [
      'a ref that the subject does not tell',
      { StringEquals: { [key('ref')]: 'refs/heads/main' } },
      'environment:prod',
      'undecidable',
    ],
    ['who started it', { StringEquals: { [key('actor')]: 'octocat' } }, 'ref:refs/heads/main', 'undecidable'],
    [
      'whether somebody started it',
      { Null: { [key('actor')]: 'false' } },
      'ref:refs/heads/main',
      'undecidable',
    ],
    [
      'a claim that STS does not show',
      { StringEquals: { [key('run_id')]: '1' } },
      'ref:refs/heads/main',
      'refused',
    ],
  ] as const)('is judged by %s', (_, condition, rest, expected) => {
    expect(judgeExpected(policy(allowJobs(condition)), job(`repo:acme/data:${rest}`)).kind).toBe(expected);
  });

  it.each([
    ['all of them', 'repo:acme/data:*', 'allowed'],
    ['all of the owner', 'repo:acme/*', 'allowed'],
    ['one branch', 'repo:acme/data:ref:refs/heads/main', 'allowed: repo:acme/data:ref:refs/heads/main'],
    [
      'some branches',
      'repo:acme/*:ref:refs/heads/release-*',
      'allowed: repo:acme/data:ref:refs/heads/release-',
    ],
    [
      'another repository',
      'repo:acme/other:*',
      'refused: the policy wants repository acme/other, and it is acme/data',
    ],
  ])('of which only the repository is known: %s', (_, value, expected) => {
    const text = policy(allowJobs({ StringLike: { [key('sub')]: value } }));
    expect(outcome(text, job('repo:acme/data:*'))).toBe(expected);
  });

  it('of which only the repository is known is refused by stars that are no wildcards', () => {
    const text = policy(allowJobs({ StringEquals: { [key('sub')]: 'repo:acme/data:*' } }));
    expect(outcome(text, job('repo:acme/data:*'))).toBe(
      'refused: StringEquals takes * and ? for themselves, StringLike for wildcards',
    );
  });

  it.each([
    ['the names', { StringEquals: { [key('repository')]: 'acme/data' } }, 'allowed'],
    ['the id', { StringEquals: { [key('repository_id')]: '456' } }, 'allowed'],
    ['another id', { StringEquals: { [key('repository_id')]: '457' } }, 'refused'],
    ['a subject without ids', { StringLike: { [key('sub')]: 'repo:acme/data:*' } }, 'refused'],
    ['a subject with any ids', { StringLike: { [key('sub')]: 'repo:acme@*/data@*:*' } }, 'allowed'],
  ])('of a repository with ids in its subjects is judged by %s', (_, condition, expected) => {
    const subject = 'repo:acme@123/data@456:ref:refs/heads/main';
    expect(judgeExpected(policy(allowJobs(condition)), job(subject)).kind).toBe(expected);
  });

  it('of which only the repository is known is not let in by two conditions that no subject fits', () => {
    const condition = {
      StringLike: { [key('sub')]: '*:environment:x' },
      StringNotLike: { [key('sub')]: '*:environment:*' },
    };
    expect(outcome(policy(allowJobs(condition)), job('repo:acme/data:*'))).toBe(
      `undecidable: statement 1 cannot be judged: it depends on ${GITHUB}:sub of the token; it depends on ${GITHUB}:sub of the token`,
    );
  });
});

it('says that a role is open to any service account', () => {
  expect(outcome(policy(allow({ StringEquals: { [AUD]: 'sts.amazonaws.com' } })), WORKER)).toBe(
    'allowed, to anybody',
  );
});
