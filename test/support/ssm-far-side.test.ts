import { expect, it, onTestFinished } from 'vitest';
import { startFarSide } from './ssm-far-side.ts';

it('a far side in a process of its own does what it is told, and ends with its test', async () => {
  const far = await startFarSide({ callers: [{ accessKeyId: 'AKIDTEST' }] });
  onTestFinished(far.close);
  const list = async () => {
    const credential = 'AKIDTEST/20261121/eu-west-1/ssm/aws4_request';
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const headers = { authorization, 'x-amz-target': 'AmazonSSM.DescribeSessions' };
    return (await fetch(far.url, { method: 'POST', headers, body: '{"State":"Active"}' })).status;
  };
  expect(await list()).toBe(200);
  await far.order('setStanding', 'AKIDTEST', 'expired');
  expect(await list()).toBe(400);
  expect(await far.calls()).toMatchObject([{ status: 200 }, { error: 'ExpiredTokenException' }]);
  expect(await far.sessions()).toEqual([]);
  expect((await far.usage()).rssBytes).toBeGreaterThan(10_000_000);
  await far.close();
  await expect(far.sessions()).rejects.toThrow();
  await expect(list()).rejects.toThrow();
});
