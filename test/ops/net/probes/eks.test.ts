import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createAuthority } from '../../../../src/rehearsal/kube/certificates.ts';
import { probePort, serveAlways, serveTcp } from './probe-port.ts';

const HOST = 'abcd.gr7.eu-west-1.eks.amazonaws.com';
const authority = createAuthority('kubernetes');
const tls = { host: HOST, ca: authority.pem };

/** Serves HTTPS until the test ends; returns its port. */
async function serveTls(
  listener: RequestListener,
  certificate = authority.issue([HOST]),
  seen: (socket: { readonly servername: string | false }) => void = () => {},
): Promise<number> {
  const server = createServer(certificate, listener);
  server.on('secureConnection', seen);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

const answers =
  (status: number, body: unknown): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const VERSION = { major: '1', minor: '33+', gitVersion: 'v1.33.1-eks-1a2b3c4' };
const UNAUTHORIZED = { kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 };

it.each<[string, RequestListener, string]>([
  ['tells its version', answers(200, VERSION), 'TLS name verified, Kubernetes 1.33'],
  ['wants a token for that (401)', answers(401, UNAUTHORIZED), 'TLS name verified'],
  ['permits nobody that (403)', answers(403, { ...UNAUTHORIZED, code: 403 }), 'TLS name verified'],
])('is content with an endpoint that %s', async (_, listener, service) => {
  const port = await serveTls(listener);
  expect(await probePort('eks', port, { tls })).toMatchObject({ outcome: 'ok', service });
});

it('names the endpoint in the handshake, and asks for the version without a token', async () => {
  const seen: unknown[] = [];
  const port = await serveTls(
    (request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      response.end(JSON.stringify(VERSION));
    },
    authority.issue([HOST]),
    ({ servername }) => seen.push(servername),
  );
  await probePort('eks', port, { tls });
  expect(seen).toEqual([HOST, ['GET', '/version', undefined]]);
});

it('verifies an address too, which is no name in the handshake', async () => {
  const port = await serveTls(answers(200, VERSION), authority.issue(['127.0.0.1']));
  const found = await probePort('eks', port, { tls: { ...tls, host: '127.0.0.1' } });
  expect(found).toMatchObject({ outcome: 'ok', service: 'TLS name verified, Kubernetes 1.33' });
});

it.each([
  [
    'another name',
    authority.issue(['other.eks.amazonaws.com']),
    `another service answers: its certificate is not for ${HOST} but for DNS:other.eks.amazonaws.com`,
  ],
  [
    'another authority of the same name',
    createAuthority('kubernetes').issue([HOST]),
    "another service answers: its certificate is not of the cluster's authority",
  ],
  [
    'a certificate that has expired',
    authority.issue([HOST], { from: -3, to: -1 }),
    'its certificate has expired',
  ],
  [
    'a certificate of tomorrow',
    authority.issue([HOST], { from: 1, to: 3 }),
    'its certificate is not valid yet (is the clock of this machine right?)',
  ],
])('does not take %s, and sends nothing there', async (_, certificate, reason) => {
  const asked: unknown[] = [];
  const port = await serveTls((request) => void asked.push(request.url), certificate);
  expect(await probePort('eks', port, { tls })).toMatchObject({
    outcome: 'failed',
    service: 'Kubernetes',
    reason,
  });
  expect(asked).toEqual([]);
});

it('does not take an endpoint that is sick', async () => {
  const port = await serveTls(answers(500, { kind: 'Status' }));
  expect((await probePort('eks', port, { tls })).reason).toBe(
    'another service answers, not Kubernetes: HTTP 500',
  );
});

it('says so when the service does not speak TLS', async () => {
  const port = await serveAlways(200, {}, 'ok');
  expect((await probePort('eks', port, { tls })).reason).toBe(
    'another service answers: it does not speak TLS',
  );
});

it.each<[string, (socket: Socket) => void]>([
  ['ends at once', (socket) => void socket.end()],
  ['resets', (socket) => void socket.resetAndDestroy()],
  ['ends in the handshake', (socket) => void socket.once('data', () => socket.destroy())],
])('calls a connection that %s closed', async (_, serve) => {
  const port = await serveTcp(serve);
  expect((await probePort('eks', port, { tls })).reason).toMatch(
    /^closed (during the TLS handshake|without an answer)/,
  );
});

it('gives up on a handshake that does not end, and leaves nothing open', async () => {
  const port = await serveTcp((socket) => void socket.resume());
  const found = await probePort('eks', port, { tls, deadlineMs: 200 });
  expect(found).toMatchObject({ outcome: 'failed', reason: 'no answer within 0.2 s' });
});
