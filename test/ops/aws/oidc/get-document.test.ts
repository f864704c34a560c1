import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createDocumentGetter } from '../../../../src/ops/aws/oidc/get-document.ts';
import { createAuthority } from '../../../../src/rehearsal/kube/certificates.ts';
import { NEVER } from '../../../../src/signals.ts';
import { freePort, portOf } from '../../../support/ports.ts';

const authority = createAuthority('test');

/** Starts a server of documents; gives its address, and what gets documents of it. */
async function serve(answer: RequestListener) {
  const server = createServer(authority.issue(['127.0.0.1']), answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const folder = await mkdtemp(join(tmpdir(), 'hp-document-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const bundle = join(folder, 'ca.pem');
  await writeFile(bundle, authority.pem);
  const get = createDocumentGetter({ AWS_REGION: 'eu-west-1', AWS_CA_BUNDLE: bundle, HOME: folder }, {});
  const base = `https://127.0.0.1:${portOf(server.address())}`;
  return { base, get: (path: string, signal = NEVER) => get(new URL(path, base), signal) };
}

it('follows a redirect on the same host', async () => {
  const { get } = await serve(({ url }, response) => {
    if (url === '/there') return void response.end('{"a":1}');
    response.writeHead(301, { location: '/there' }).end();
  });
  expect(await get('/here')).toBe('{"a":1}');
});

it('asks no other host, and nothing without TLS, where a redirect leads', async () => {
  const asked: (string | undefined)[] = [];
  const { base, get } = await serve(({ url }, response) => {
    asked.push(url);
    const location = url === '/out' ? 'https://127.0.0.2:1/x' : base.replace('https', 'http');
    response.writeHead(302, { location }).end();
  });
  await expect(get('/out')).rejects.toMatchObject({
    code: 'oidc-unreachable',
    message: `${base}/out leads to another host, 127.0.0.2:1, which is not followed`,
  });
  await expect(get('/plain')).rejects.toMatchObject({ code: 'oidc-unreachable' });
  expect(asked).toEqual(['/out', '/plain']);
});

it('gives up where redirects lead in circles, or nowhere', async () => {
  const { base, get } = await serve(({ url }, response) => {
    response.writeHead(302, url === '/circle' ? { location: '/circle' } : {}).end();
  });
  await expect(get('/circle')).rejects.toMatchObject({ message: `${base}/circle leads in circles` });
  await expect(get('/nowhere')).rejects.toMatchObject({ message: `${base}/nowhere answers 302` });
});

it('reads no document without an end', async () => {
  const { base, get } = await serve((_, response) => {
    const more = () => void response.write('x'.repeat(64 * 1024), () => response.destroyed || more());
    more();
  });
  await expect(get('/long')).rejects.toMatchObject({
    message: `${base}/long cannot be read: it does not end`,
  });
});

it('gives up a server that does not answer', async () => {
  const { get } = await serve(() => {});
  await expect(get('/', AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'oidc-unreachable' });
});

it('says that nobody listens', async () => {
  const { get } = await serve(() => {});
  const port = await freePort();
  await expect(get(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: 'oidc-unreachable',
    message: `127.0.0.1:${port} refuses connections`,
  });
});
