import { afterEach, beforeEach, expect, it } from 'vitest';
import { openServiceRelay, type ServiceRelay } from '../../../../src/ops/ssm/plugin/service-relay.ts';

let relay: ServiceRelay;
let asked: number;
let token: string | undefined;

beforeEach(async () => {
  asked = 0;
  token = 'the next token';
  relay = await openServiceRelay('demo-1', async () => {
    asked += 1;
    return token;
  });
});
afterEach(() => relay.close());

/** Calls as the plugin's SDK does. */
async function call(target: string, key: string = relay.accessKeyId) {
  const answer = await fetch(relay.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261121/eu-west-1/ssm/aws4_request, Signature=00`,
    },
    body: '{"SessionId":"demo-1"}',
  });
  return { status: answer.status, text: await answer.text() };
}

it('gives the plugin its next token', async () => {
  const { status, text } = await call('AmazonSSM.ResumeSession');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({ SessionId: 'demo-1', TokenValue: 'the next token' });
});

it('says that a session is over by leaving the token out', async () => {
  token = undefined;
  expect(JSON.parse((await call('AmazonSSM.ResumeSession')).text)).toEqual({ SessionId: 'demo-1' });
});

it.each([
  ['another key', () => relay.accessKeyId.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
  ['a longer key', () => `${relay.accessKeyId}0`],
  ['a key of other letters', () => 'ä'.repeat(relay.accessKeyId.length)],
  ['no key', () => ''],
])('gives nothing to who comes with %s', async (_, key) => {
  const { status, text } = await call('AmazonSSM.ResumeSession', encodeURIComponent(key()));
  expect(status).toBe(400);
  expect(text).not.toContain('token');
  expect(asked).toBe(0);
});

it('has a new key for each plugin, and answers no other call', async () => {
  const other = await openServiceRelay('demo-2', async () => undefined);
  other.close();
  expect(other.accessKeyId).not.toBe(relay.accessKeyId);
  expect((await call('AmazonSSM.StartSession')).status).toBe(400);
  expect(asked).toBe(0);
});
