import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, it } from 'vitest';
import { DEFAULT_CALLER } from '../../../src/rehearsal/aws/account.ts';
import { OPERATOR, openAccount } from './aws-stage.ts';

const CLUSTER_HEADER = { 'x-k8s-aws-id': 'hotpass-staging' };
const MINUTE_MS = 60_000;

/** Gives the sums that the signing of a request takes. */
class Sha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : createHmac('sha256', Buffer.from(typeof secret === 'string' ? secret : Object(secret)));
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

/** Makes the question of a token, as any client does. */
async function question(
  endpoint: string,
  options: { secret?: string; ageMs?: number; service?: string; action?: string; unsigned?: string } = {},
) {
  const { host, hostname, port } = new URL(endpoint);
  const { accessKeyId, secretAccessKey } = DEFAULT_CALLER;
  const signer = new SignatureV4({
    service: options.service ?? 'sts',
    region: 'eu-west-1',
    sha256: Sha256,
    credentials: { accessKeyId, secretAccessKey: options.secret ?? secretAccessKey },
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: '/',
      query: { Action: options.action ?? 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, ...CLUSTER_HEADER },
    },
    {
      expiresIn: 60,
      unhoistableHeaders: new Set(Object.keys(CLUSTER_HEADER)),
      ...(options.unsigned !== undefined && { unsignableHeaders: new Set([options.unsigned]) }),
      signingDate: new Date(Date.now() - (options.ageMs ?? 0)),
    },
  );
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return `${endpoint}/?${query.join('&')}`;
}

it('knows who signed a question, and STS answers it with the same', async () => {
  const { aws } = await openAccount();
  const url = await question(aws.url);
  const signer = aws.whoSigned(url, CLUSTER_HEADER);
  expect(signer).toEqual({ arn: OPERATOR, account: '123456789012', userId: expect.stringMatching(/^AIDA/) });
  const answer = await fetch(url, { headers: CLUSTER_HEADER });
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain(`<Arn>${OPERATOR}</Arn>`);
});

it('takes a question for a quarter of an hour, whatever it says of its own end', async () => {
  const { aws } = await openAccount();
  const isTaken = async (ageMs: number) =>
    aws.whoSigned(await question(aws.url, { ageMs }), CLUSTER_HEADER) !== undefined;
  expect(await isTaken(14 * MINUTE_MS)).toBe(true);
  expect(await isTaken(16 * MINUTE_MS)).toBe(false);
  expect(await isTaken(-4 * MINUTE_MS)).toBe(true);
  expect(await isTaken(-6 * MINUTE_MS)).toBe(false);
});

it('takes no question that was changed, is for something else, or is of somebody it does not know', async () => {
  const { aws } = await openAccount();
  const good = await question(aws.url);
  expect(aws.whoSigned(good, { 'x-k8s-aws-id': 'another' })).toBeUndefined();
  expect(aws.whoSigned(good, {})).toBeUndefined();
  expect(aws.whoSigned(`${good}&Extra=1`, CLUSTER_HEADER)).toBeUndefined();
  expect(aws.whoSigned(good.replace('127.0.0.1', 'localhost'), CLUSTER_HEADER)).toBeUndefined();
  expect(aws.whoSigned(aws.url, CLUSTER_HEADER)).toBeUndefined();
  for (const bad of [
    { secret: 'wrong' },
    { service: 'eks' },
    { unsigned: 'host' },
    { action: 'GetSessionToken' },
  ])
    expect(aws.whoSigned(await question(aws.url, bad), CLUSTER_HEADER)).toBeUndefined();
  aws.setStanding(DEFAULT_CALLER.accessKeyId, 'expired');
  expect(aws.whoSigned(good, CLUSTER_HEADER)).toBeUndefined();
});
