import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { type Expected, judgeExpected } from '../../../../src/ops/aws/oidc/judge-expected.ts';
import { type FarAws, startFarAws } from '../../../support/aws-far-side.ts';
import { allow, ISSUER, policy, WORKER } from './policies.ts';

const SUB = `${ISSUER}:sub`;
const AUD = `${ISSUER}:aud`;

/** Takes on the role by a token of the issuer, as a pod does; gives what STS says, `taken` where it gives keys. */
async function takeOn({ url }: FarAws, token: string): Promise<string> {
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::123456789012:role/worker',
    RoleSessionName: 'pod',
    WebIdentityToken: token,
  });
  const text = await (await fetch(url, { method: 'POST', body })).text();
  return /<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? (text.includes('<AccessKeyId>') ? 'taken' : text);
}

it('agrees with a played STS that is given the very token, before and after each fix', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one' };
  const aws = await startFarAws({ account: { oidcProviders: [{ url: ISSUER, keys: [jwk] }] } });
  const parts = [
    { alg: 'RS256', kid: 'one' },
    { iss: `https://${ISSUER}`, sub: WORKER.subject, aud: [WORKER.audience], exp: 4_000_000_000 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const signature = sign('sha256', Buffer.from(parts.join('.')), privateKey).toString('base64url');
  const token = [...parts, signature].join('.');
  const say = async (text: string, expected: Expected) => {
    aws.setRole({ name: 'worker', trustPolicy: JSON.parse(text) });
    const found = judgeExpected(text, expected);
    const said = await takeOn(aws, token);
    expect(said, text).toBe(found.kind === 'allowed' ? 'taken' : 'AccessDenied');
    return found;
  };
  const conditions = [
    { StringEquals: { [SUB]: WORKER.subject, [AUD]: WORKER.audience } },
    { StringEquals: { [SUB]: 'system:serviceaccount:hotpass:*' } },
    { StringLike: { [SUB]: 'system:serviceaccount:hotpass:*' } },
    { StringLike: { [SUB]: ['system:serviceaccount:default:*', 'system:*:work?r'] } },
    { StringEquals: { [`https://${SUB}`]: WORKER.subject } },
    { StringEquals: { [SUB]: 'system:serviceaccount:default:worker' } },
    { StringEquals: { [SUB]: WORKER.subject, [AUD]: 'sigstore' } },
    { StringNotEquals: { [SUB]: 'system:serviceaccount:default:default' } },
    { StringNotLike: { [SUB]: 'system:serviceaccount:hotpass:*' } },
    { 'ForAnyValue:StringLike': { [AUD]: ['x', 'sts.*'] } },
    { StringEquals: { [`${ISSUER}:iss`]: `https://${ISSUER}` } },
  ];
  const policies = [
    ...conditions.map((condition) => policy(allow(condition))),
    policy(allow(), allow({ StringNotLike: { [SUB]: '*:other' } }, { Effect: 'Deny' })),
    policy(allow({}, { Action: 'sts:AssumeRole' })),
    policy({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }),
  ];
  let fixed = 0;
  for (const text of policies) {
    const found = await say(text, WORKER);
    if (found.kind === 'refused' && found.policy !== undefined) {
      expect((await say(found.policy, WORKER)).kind).toBe('allowed');
      fixed += 1;
    }
  }
  expect(fixed).toBe(9);
});
