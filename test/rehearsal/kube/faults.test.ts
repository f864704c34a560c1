import { expect, it } from 'vitest';
import { ask, CLUSTER, startCluster } from './cluster.ts';

const SOON_MS = 300;

it('shows a certificate for the name of its endpoint alone', async () => {
  const kubernetes = await startCluster();
  expect(kubernetes.endpoint).toMatch(/^https:\/\/[0-9A-F]+\.gr7\.eu-west-1\.eks\.amazonaws\.com$/);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
  await expect(ask(kubernetes, '/livez', { servername: 'localhost' })).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

it('is reached at its own port where it is called localhost', async () => {
  const kubernetes = await startCluster({ name: 'localhost' });
  expect(kubernetes.endpoint).toBe(`https://localhost:${kubernetes.port}`);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});

it.each([
  ['another-authority', /CERT_SIGNATURE_FAILURE|UNABLE_TO_(GET_ISSUER_CERT_LOCALLY|VERIFY_LEAF_SIGNATURE)/],
  ['another-name', /ERR_TLS_CERT_ALTNAME_INVALID/],
  ['expired', /CERT_HAS_EXPIRED/],
] as const)('shows a certificate with the fault %s, until it is told otherwise', async (fault, code) => {
  const kubernetes = await startCluster();
  kubernetes.setCertificate(fault);
  await expect(ask(kubernetes, '/livez')).rejects.toMatchObject({ code: expect.stringMatching(code) });
  kubernetes.setCertificate(null);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});

it.each(['tls', 'http'] as const)('hangs at %s until it is told otherwise', async (where) => {
  const kubernetes = await startCluster();
  kubernetes.setStall(where);
  await expect(ask(kubernetes, '/livez', { signal: AbortSignal.timeout(SOON_MS) })).rejects.toMatchObject({
    name: 'AbortError',
  });
  kubernetes.setStall(null);
  expect(kubernetes.calls().map(({ status }) => status)).toEqual(where === 'http' ? [undefined] : []);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});

it('resets connections while it is away', async () => {
  const kubernetes = await startCluster();
  kubernetes.setAway(true);
  await expect(ask(kubernetes, '/livez')).rejects.toMatchObject({ code: 'ECONNRESET' });
  kubernetes.setAway(false);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});

it.each([401, 500, 503])('answers everybody with %i until it is told otherwise', async (status) => {
  const kubernetes = await startCluster();
  kubernetes.setStatus(status);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status, body: { kind: 'Status', code: status } });
  kubernetes.setStatus(null);
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});

it('answers late, and tells when each question came and was answered', async () => {
  const kubernetes = await startCluster();
  kubernetes.setDelay(200);
  await ask(kubernetes, '/version');
  kubernetes.setDelay(0);
  await ask(kubernetes, '/livez', { token: undefined });
  const [first, second] = kubernetes.calls();
  expect(first).toMatchObject({ method: 'GET', target: '/version', status: 200 });
  expect(first?.user).toContain('AWSReservedSSO_DataOps_1a2b');
  expect((first?.endedAt ?? 0) - (first?.beganAt ?? 0)).toBeGreaterThanOrEqual(199);
  expect(second).toMatchObject({ target: '/livez', user: 'system:anonymous' });
  expect(second?.beganAt).toBeGreaterThanOrEqual(first?.endedAt ?? Number.POSITIVE_INFINITY);
});

it('looks at the cluster as it is now', async () => {
  let accessEntries = CLUSTER.accessEntries;
  const kubernetes = await startCluster({ cluster: () => ({ ...CLUSTER, accessEntries }) });
  expect(await ask(kubernetes, '/version')).toMatchObject({ status: 200 });
  accessEntries = [];
  expect(await ask(kubernetes, '/version')).toMatchObject({ status: 401 });
});
