import { createHash, createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signClusterToken } from '../../../../src/ops/aws/token/cluster-token.ts';

const now = new Date('2026-11-21T14:00:00.750Z');
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not+a/secret=' };
const wish = {
  cluster: 'hotpass-staging',
  region: 'eu-west-1',
  endpoint: new URL('https://sts.eu-west-1.amazonaws.com'),
  credentials,
  now,
};

function urlIn(token: string): string {
  const [, text = ''] = /^k8s-aws-v1\.([A-Za-z0-9_-]+)$/.exec(token) ?? [];
  return Buffer.from(text, 'base64url').toString();
}

it('asks STS who signed it, with nothing in the query that the cluster would refuse', async () => {
  const url = new URL(urlIn((await signClusterToken(wish)).token));
  expect(url.origin + url.pathname).toBe('https://sts.eu-west-1.amazonaws.com/');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIAEXAMPLE/20261121/eu-west-1/sts/aws4_request',
    'X-Amz-Date': '20261121T140000Z',
    'X-Amz-Expires': '60',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

it('is signed over the host and the name of the cluster', async () => {
  const text = urlIn((await signClusterToken({ ...wish, endpoint: new URL('http://127.0.0.1:4566') })).token);
  const [address = '', query = ''] = text.split('?');
  const pairs = query.split('&');
  const signed = pairs.filter((pair) => !pair.startsWith('X-Amz-Signature=')).sort();
  const request = [
    'GET\n/',
    signed.join('&'),
    'host:127.0.0.1:4566\nx-k8s-aws-id:hotpass-staging\n',
    'host;x-k8s-aws-id',
    createHash('sha256').digest('hex'),
  ].join('\n');
  const hash = createHash('sha256').update(request).digest('hex');
  const scope = ['20261121', 'eu-west-1', 'sts', 'aws4_request'];
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const toSign = `AWS4-HMAC-SHA256\n20261121T140000Z\n${scope.join('/')}\n${hash}`;
  expect(address).toBe('http://127.0.0.1:4566/');
  expect(pairs).toContain(`X-Amz-Signature=${createHmac('sha256', key).update(toSign).digest('hex')}`);
});

it('carries the session token of credentials that have one, and is no longer than the cluster reads', async () => {
  const sessionToken = `IQoJ+/=${'x'.repeat(1_800)}`;
  const { token } = await signClusterToken({ ...wish, credentials: { ...credentials, sessionToken } });
  expect(new URL(urlIn(token)).searchParams.get('X-Amz-Security-Token')).toBe(sessionToken);
  expect(token.length).toBeLessThan(4_096);
});

it.each([
  ['keys that do not end', undefined, '2026-11-21T14:14:00.750Z'],
  ['credentials that end later', '2026-11-21T15:00:00Z', '2026-11-21T14:14:00.750Z'],
  ['credentials that end before', '2026-11-21T14:05:00Z', '2026-11-21T14:05:00.000Z'],
])('made with %s is good until the first of 14 minutes and their end', async (_, end, until) => {
  const expiring = end === undefined ? credentials : { ...credentials, expiration: new Date(end) };
  const { expiresAt } = await signClusterToken({ ...wish, credentials: expiring });
  expect(expiresAt.toISOString()).toBe(until);
});
