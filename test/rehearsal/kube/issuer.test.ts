import { expect, it } from 'vitest';
import type { RehearsedKubernetes } from '../../../src/rehearsal/kube/index.ts';
import { ask, startCluster } from './cluster.ts';

/** Asks the issuer, as anybody does. */
function askIssuer(kubernetes: RehearsedKubernetes, path: string) {
  const url = new URL(`${kubernetes.issuer}${path}`);
  const port = Number(url.port);
  return ask(kubernetes, url.pathname, { port, token: undefined, servername: 'localhost' });
}

const DOCUMENT = '/.well-known/openid-configuration';

it('describes itself and where its keys are', async () => {
  const kubernetes = await startCluster();
  expect(kubernetes.issuer).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/id\/[0-9A-F]{32}$/);
  expect(await askIssuer(kubernetes, DOCUMENT)).toMatchObject({
    status: 200,
    body: { issuer: kubernetes.issuer, jwks_uri: `${kubernetes.issuer}/keys` },
  });
  const { keys } = (await askIssuer(kubernetes, '/keys')).body;
  expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256', use: 'sig' })]);
  expect(keys).toEqual(kubernetes.keys());
  expect(await askIssuer(kubernetes, '/other')).toMatchObject({ status: 404 });
  expect(kubernetes.issuerCalls().map(({ status }) => status)).toEqual([200, 200, 404]);
});

it('names another issuer until it is told otherwise', async () => {
  const kubernetes = await startCluster();
  kubernetes.oidc.setDocumentIssuer('https://oidc.example');
  expect((await askIssuer(kubernetes, DOCUMENT)).body.issuer).toBe('https://oidc.example');
  kubernetes.oidc.setDocumentIssuer(null);
  expect((await askIssuer(kubernetes, DOCUMENT)).body.issuer).toBe(kubernetes.issuer);
});

it('has no keys, or keys of somebody else', async () => {
  const kubernetes = await startCluster();
  const [own] = kubernetes.keys();
  kubernetes.oidc.setKeys('none');
  expect((await askIssuer(kubernetes, '/keys')).body).toEqual({ keys: [] });
  kubernetes.oidc.setKeys('others');
  expect((await askIssuer(kubernetes, '/keys')).body.keys[0].kid).not.toBe(own?.kid);
});

it('fails without the API server failing too', async () => {
  const kubernetes = await startCluster();
  kubernetes.oidc.setAway(true);
  await expect(askIssuer(kubernetes, DOCUMENT)).rejects.toMatchObject({ code: 'ECONNRESET' });
  kubernetes.oidc.setAway(false);
  kubernetes.oidc.setStatus(500);
  expect(await askIssuer(kubernetes, DOCUMENT)).toMatchObject({ status: 500 });
  expect(await ask(kubernetes, '/livez')).toMatchObject({ status: 200 });
});
