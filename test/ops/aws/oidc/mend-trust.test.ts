import { describe, expect, it } from 'vitest';
import { judgeExpected } from '../../../../src/ops/aws/oidc/judge-expected.ts';
import { allow, allowJobs, GITHUB, ISSUER, job, PROVIDER, policy, WORKER } from './policies.ts';

const SUB = `${ISSUER}:sub`;
const AUD = `${ISSUER}:aud`;
const OWN = WORKER.subject;

function mend(text: string, expected = WORKER) {
  const found = judgeExpected(text, expected);
  if (found.kind !== 'refused') throw new Error(`it is ${found.kind}`);
  if (found.policy !== undefined) expect(judgeExpected(found.policy, expected).kind).toBe('allowed');
  return { mistakes: found.mistakes.join('; '), fix: found.fix };
}

/** The fix of statement 1, as its condition. */
const condition = (found: object) => `statement 1: "Condition":${JSON.stringify(found)}`;

describe('a trust policy that refuses, and its smallest fix', () => {
  it.each([
    [
      'StringEquals with a wildcard',
      { StringEquals: { [SUB]: 'system:serviceaccount:hotpass:*', [AUD]: 'sts.amazonaws.com' } },
      'StringEquals takes * and ? for themselves, StringLike for wildcards',
      {
        StringLike: { [SUB]: 'system:serviceaccount:hotpass:*' },
        StringEquals: { [AUD]: 'sts.amazonaws.com' },
      },
    ],
    [
      'a key with https://',
      { StringEquals: { [`https://${SUB}`]: OWN } },
      'the key begins with https://',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'a key with a slash too many',
      { StringEquals: { [`${ISSUER}/:sub`]: OWN } },
      'the key has a slash too many',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'a key of the cluster before',
      { StringEquals: { 'oidc.eks.eu-west-1.amazonaws.com/id/OLD:sub': OWN } },
      'the key is of another issuer, oidc.eks.eu-west-1.amazonaws.com/id/OLD',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'another namespace',
      { StringEquals: { [SUB]: 'system:serviceaccount:default:worker' } },
      'the policy wants namespace default, and the service account is in hotpass',
      { StringEquals: { [SUB]: ['system:serviceaccount:default:worker', OWN] } },
    ],
    [
      'another service account',
      { StringEquals: { [SUB]: 'system:serviceaccount:hotpass:server' } },
      'the policy wants service account server, and it is worker',
      { StringEquals: { [SUB]: ['system:serviceaccount:hotpass:server', OWN] } },
    ],
    [
      'a prefix with an s too many',
      { StringEquals: { [SUB]: 'system:serviceaccounts:hotpass:worker' } },
      'a subject begins with system:serviceaccount, without an s',
      { StringEquals: { [SUB]: ['system:serviceaccounts:hotpass:worker', OWN] } },
    ],
    [
      'a subject as kubectl writes it',
      { StringEquals: { [SUB]: 'hotpass/worker' } },
      'a subject is system:serviceaccount:NAMESPACE:NAME',
      { StringEquals: { [SUB]: ['hotpass/worker', OWN] } },
    ],
    [
      'other letters',
      { StringEquals: { [SUB]: 'system:serviceaccount:hotpass:Worker' } },
      'upper and lower case count in sub',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'a space too many',
      { StringEquals: { [SUB]: `${OWN} ` } },
      'sub has a space too many',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'another audience',
      { StringEquals: { [SUB]: OWN, [AUD]: 'sigstore' } },
      'the policy wants aud sigstore, and it is sts.amazonaws.com',
      { StringEquals: { [SUB]: OWN, [AUD]: ['sigstore', 'sts.amazonaws.com'] } },
    ],
    [
      'a claim that STS does not show',
      { StringEquals: { [SUB]: OWN, [`${ISSUER}:iss`]: `https://${ISSUER}` } },
      'STS shows no claim "iss" of such a token, and a condition on it never holds',
      { StringEquals: { [SUB]: OWN } },
    ],
    [
      'an exclusion of this very subject',
      { StringNotEquals: { [SUB]: ['system:serviceaccount:default:default', OWN] } },
      'StringNotEquals excludes this very sub',
      { StringNotEquals: { [SUB]: 'system:serviceaccount:default:default' } },
    ],
    [
      'two mistakes at once',
      { StringEquals: { [`https://${SUB}`]: 'system:serviceaccount:hotpass:*' } },
      'the key begins with https://; StringEquals takes * and ? for themselves, StringLike for wildcards',
      { StringLike: { [SUB]: 'system:serviceaccount:hotpass:*' } },
    ],
  ])('%s', (_, wrong, mistakes, fixed) => {
    expect(mend(policy(allow(wrong)))).toEqual({ mistakes, fix: condition(fixed) });
  });

  it('gives no fix that would drop one of two conditions on the same key', () => {
    const wrong = { StringEquals: { [SUB]: 'system:*' }, StringLike: { [SUB]: '*:worker' } };
    expect(mend(policy(allow(wrong))).fix).toBeUndefined();
  });

  const right = { StringEquals: { [SUB]: OWN } };
  it.each([
    [
      'the address of the issuer',
      `https://${ISSUER}`,
      'Federated is the ARN of the IAM provider, not the address of the issuer',
    ],
    ['a slash too many', `${PROVIDER}/`, 'Federated is not written as the ARN of the IAM provider is'],
    [
      'another account',
      PROVIDER.replace('123456789012', '999999999999'),
      'Federated is a provider of account 999999999999, and the role is in 123456789012',
    ],
  ])('a principal that is %s', (_, federated, mistakes) => {
    const wrong = allow(right, { Principal: { AWS: 'x', Federated: ['accounts.google.com', federated] } });
    const fix = `statement 1: "Principal":${JSON.stringify({ AWS: 'x', Federated: ['accounts.google.com', PROVIDER] })}`;
    expect(mend(policy(wrong))).toEqual({ mistakes, fix });
  });

  const added = `one more statement: ${JSON.stringify(allow({ StringEquals: { [AUD]: 'sts.amazonaws.com', [SUB]: OWN } }))}`;
  it.each([
    [
      'is for another cluster',
      policy(allow(right, { Principal: { Federated: PROVIDER.replace('ABCDEF', 'FEDCBA') } })),
      'Federated is another issuer of the same host, oidc.eks.eu-west-1.amazonaws.com/id/FEDCBA0123456789',
    ],
    [
      'is for Pod Identity',
      policy({
        Effect: 'Allow',
        Principal: { Service: 'pods.eks.amazonaws.com' },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      }),
      'no statement is for this issuer',
    ],
    ['is not there', policy(), 'no statement allows anything'],
  ])('one more statement, where the one that there is %s', (_, text, mistakes) => {
    expect(mend(text)).toEqual({ mistakes, fix: added });
  });

  it('the action, where it is the one of other principals', () => {
    expect(mend(policy(allow(right, { Action: 'sts:AssumeRole' })))).toEqual({
      mistakes: 'the action is sts:AssumeRole',
      fix: 'statement 1: "Action":"sts:AssumeRoleWithWebIdentity"',
    });
  });

  it('an exemption from a Deny that exempts others', () => {
    const others = 'system:serviceaccount:kube-system:*';
    const text = policy(allow(right), allow({ StringNotLike: { [SUB]: others } }, { Effect: 'Deny' }));
    expect(mend(text)).toEqual({
      mistakes: 'statement 2 denies it',
      fix: `statement 2: "Condition":${JSON.stringify({ StringNotLike: { [SUB]: [others, OWN] } })}`,
    });
  });

  it('none for a Deny that means it', () => {
    const text = policy(allow(right), allow({ StringLike: { [SUB]: '*' } }, { Effect: 'Deny' }));
    expect(mend(text)).toEqual({ mistakes: 'statement 2 denies it', fix: undefined });
  });

  it('names the statement that comes nearest', () => {
    const far = { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' };
    const near = allow({ StringEquals: { [SUB]: 'x', [AUD]: 'sts.amazonaws.com' } });
    expect(mend(policy(far, allow({ StringEquals: { [SUB]: 'x', [AUD]: 'y' } }), near)).fix).toMatch(
      /^statement 3:/,
    );
  });
});

describe('a job of GitHub that is refused', () => {
  const sub = `${GITHUB}:sub`;
  it.each([
    [
      'StringEquals',
      'repo:acme/data:*',
      'ref:refs/heads/main',
      'StringEquals takes * and ? for themselves, StringLike for wildcards',
    ],
    ['StringLike', 'repo:Acme/data:*', 'ref:refs/heads/main', 'upper and lower case count in sub'],
    [
      'StringLike',
      'repo:acme/data',
      'ref:refs/heads/main',
      'behind repo:acme/data a subject goes on; :* takes all of them',
    ],
    [
      'StringLike',
      'repo:acme/data:ref:*',
      'environment:prod',
      'a job with an environment has that in its subject, in place of the ref',
    ],
    [
      'StringLike',
      'repo:acme/data:environment:prod',
      'ref:refs/heads/main',
      'only a job with "environment:" has that in its subject, in place of the ref',
    ],
    [
      'StringLike',
      'repo:acme/data:ref:main',
      'ref:refs/heads/main',
      'a ref is written in full, as refs/heads/main',
    ],
    [
      'StringLike',
      'repo:acme/data:ref:refs/heads/main',
      'ref:refs/heads/dev',
      'the policy wants ref refs/heads/main, and it is refs/heads/dev',
    ],
    [
      'StringLike',
      'repo:acme/data:pull_request',
      'ref:refs/heads/dev',
      'the policy wants a job of pull_request, and it is one of ref',
    ],
    [
      'StringLike',
      'acme/data:*',
      'ref:refs/heads/dev',
      'a subject is repo:OWNER/NAME:ref:REF, …:environment:NAME or …:pull_request',
    ],
  ])('by %s %s, with %s', (operator, value, rest, mistake) => {
    const text = policy(allowJobs({ [operator]: { [sub]: value } }));
    const found = mend(text, job(`repo:acme/data:${rest}`));
    expect(found.mistakes).toBe(mistake);
    expect(found.fix).toBeDefined();
  });

  it.each([
    [
      'repo:acme/data:*',
      'repo:acme@123/data@456:pull_request',
      'the subject has the ids of owner and repository (OWNER@ID/NAME@ID), as of repositories made since July 2026',
    ],
    [
      'repo:acme@123/data@456:*',
      'repo:acme/data:pull_request',
      'the policy wants ids (acme@123/data@456), as in subjects of repositories made since July 2026',
    ],
    [
      'repo:acme@123/data@456:*',
      'repo:acme@123/data@457:pull_request',
      'the policy wants repository acme@123/data@456, and it is acme@123/data@457',
    ],
  ])('by %s, with %s', (value, subject, mistake) => {
    const found = mend(policy(allowJobs({ StringLike: { [sub]: value } })), job(subject));
    expect(found.mistakes).toBe(mistake);
    expect(found.fix).toBeDefined();
  });
});
