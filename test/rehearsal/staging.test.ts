import { request } from 'node:https';
import { expect, it, onTestFinished } from 'vitest';
import { createAccountApi } from '../../src/ops/aws/account-api.ts';
import { type RehearsedStaging, startStaging } from '../../src/rehearsal/index.ts';
import { NEVER } from '../../src/signals.ts';

const SOON_MS = 300;

/** Asks the cluster for its version as the caller of the staging; gives the status, or the code of what went wrong. */
async function askCluster({ address, services }: RehearsedStaging): Promise<unknown> {
  const { endpoint, region, accessKeyId, secretAccessKey, cluster } = address;
  const env = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    HOME: '/nonexistent',
  };
  const { token } = await (await createAccountApi(env, {})).makeClusterToken(cluster.name, NEVER);
  return new Promise((resolve) => {
    const asked = request(`${services.kubernetes}/version`, {
      ca: cluster.ca,
      servername: new URL(cluster.endpoint).hostname,
      headers: { authorization: `Bearer ${token}` },
      agent: false,
      signal: AbortSignal.timeout(SOON_MS),
    });
    asked.on('error', (error) => resolve(Reflect.get(error, 'code')));
    asked.on('response', ({ statusCode }) => resolve(statusCode));
    asked.end();
  });
}

it('lets its caller into the cluster, and lets something go wrong there until all is right again', async () => {
  const staging = await startStaging();
  onTestFinished(staging.close);
  expect(await askCluster(staging)).toBe(200);
  for (const [word, seen] of [
    ['forget', 401],
    ['expire', 401],
    ['hang', 'ABORT_ERR'],
    ['untrust', expect.stringMatching(/CERT|VERIFY/)],
  ] as const) {
    staging.fault(word);
    expect(await askCluster(staging), word).toEqual(seen);
    staging.fault('restore');
    expect(await askCluster(staging), `${word}, restored`).toBe(200);
  }
});

it('knows no other word', async () => {
  const staging = await startStaging();
  onTestFinished(staging.close);
  expect(() => staging.fault('other')).toThrow('"other" is none of cut, bye');
});
