import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createAccountApi } from '../../../src/ops/aws/account-api.ts';
import { NEVER } from '../../../src/signals.ts';
import type { Environment } from '../../../src/system.ts';
import { portOf } from '../../support/ports.ts';

/** Tells which hosts STS, EKS and IAM are asked at: a proxy hears of each and lets nobody through. */
async function hostsAskedAt(env: Environment): Promise<readonly string[]> {
  const hosts: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    hosts.push((request.url ?? '').replace(/:443$/, ''));
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const api = await createAccountApi(
    {
      AWS_ACCESS_KEY_ID: 'AKID',
      AWS_SECRET_ACCESS_KEY: 's',
      HOME: '/nonexistent',
      HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy.address())}`,
      ...env,
    },
    {},
  );
  for (const ask of [
    () => api.getCallerIdentity(NEVER),
    () => api.describeCluster('x', NEVER),
    () => api.getRole('x', NEVER),
  ])
    await expect(ask()).rejects.toMatchObject({
      code: 'aws-unreachable',
      message: expect.stringContaining('answers 403'),
    });
  return hosts;
}

it.each<[string, Environment, readonly string[]]>([
  [
    'those of the region, also where somebody wishes for the old STS for all',
    { AWS_REGION: 'eu-west-1', AWS_STS_REGIONAL_ENDPOINTS: 'legacy' },
    ['sts.eu-west-1.amazonaws.com', 'eks.eu-west-1.amazonaws.com', 'iam.amazonaws.com'],
  ],
  [
    'those of another partition',
    { AWS_REGION: 'cn-north-1' },
    ['sts.cn-north-1.amazonaws.com.cn', 'eks.cn-north-1.amazonaws.com.cn', 'iam.cn-north-1.amazonaws.com.cn'],
  ],
  [
    'FIPS',
    { AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'true' },
    ['sts-fips.us-east-1.amazonaws.com', 'fips.eks.us-east-1.amazonaws.com', 'iam-fips.amazonaws.com'],
  ],
  [
    'those with IPv6',
    { AWS_REGION: 'eu-west-1', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
    ['sts.eu-west-1.api.aws', 'eks.eu-west-1.api.aws', 'iam.global.api.aws'],
  ],
])('asks %s', async (_, env, hosts) => {
  expect(await hostsAskedAt(env)).toEqual(hosts);
});
