import { expect, it } from 'vitest';
import { readToken } from '../../../src/rehearsal/kube/token.ts';
import { makeToken, tokenOf } from './cluster.ts';

const wanted = { stsHosts: ['sts.eu-west-1.amazonaws.com', '127.0.0.1:4000'], now: Date.now() };
const MINUTE_MS = 60_000;

it('takes a question that is signed for the cluster, and gives it as it stands', () => {
  const token = makeToken();
  expect(readToken(token, wanted)).toEqual({ kind: 'question', url: urlIn(token) });
});

it('takes plain http of this machine alone', () => {
  const at = (origin: string) =>
    readToken(tokenOf(urlIn(makeToken()).replace('https://sts.eu-west-1.amazonaws.com', origin)), {
      ...wanted,
      stsHosts: [...wanted.stsHosts, 'sts.internal'],
    });
  expect(at('http://127.0.0.1:4000')).toMatchObject({ kind: 'question' });
  expect(at('https://sts.internal')).toMatchObject({ kind: 'question' });
  expect(at('http://sts.internal')).toEqual({
    kind: 'refused',
    why: 'unexpected scheme "http" in pre-signed URL',
  });
});

const change = (name: string, value: string) => makeToken((url) => url.searchParams.set(name, value));

const moved = (place: string) => tokenOf(urlIn(makeToken()).replace(/sts\..*\?/, place));

it.each([
  ['no prefix', 'secret', /missing expected "k8s-aws-v1\."/],
  ['padding', `${makeToken()}=`, /base64/],
  ['more than 4 KiB', makeToken((url) => url.searchParams.set('Version', 'x'.repeat(4000))), /too large/],
  ['no address', tokenOf('hello'), /not a URL/],
  ['another host', moved('sts.evil.example/?'), /hostname "sts\.evil\.example"/],
  ['a path', moved('sts.eu-west-1.amazonaws.com/x?'), /path/],
  ['the key that an SDK adds', change('x-id', 'GetCallerIdentity'), /non-whitelisted query parameter "x-id"/],
  ['a key twice', makeToken((url) => url.searchParams.append('Version', '1')), /multiple values/],
  ['another action', change('Action', 'GetSessionToken'), /action/],
  ['a header that is not signed', change('X-Amz-SignedHeaders', 'host'), /did not sign the x-k8s-aws-id/],
  ['16 minutes', change('X-Amz-Expires', '960'), /X-Amz-Expires/],
  ['no date', makeToken((url) => url.searchParams.delete('X-Amz-Date')), /X-Amz-Date parameter must be/],
  ['a date of another form', change('X-Amz-Date', '2026-11-21T10:00:00Z'), /error parsing/],
])('refuses a token with %s', (_, token, why) => {
  expect(readToken(token, wanted)).toEqual({ kind: 'refused', why: expect.stringMatching(why) });
});

it('is good for fifteen minutes from the date of its signature', () => {
  const token = makeToken();
  const at = (minutes: number) => readToken(token, { ...wanted, now: Date.now() + minutes * MINUTE_MS });
  expect(at(14)).toMatchObject({ kind: 'question' });
  expect(at(16)).toMatchObject({ kind: 'refused', why: expect.stringContaining('expired') });
});

function urlIn(token: string): string {
  return Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString();
}
