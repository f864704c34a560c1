import { expect, it } from 'vitest';
import { probePort, serveAlways, serveHttp } from './probe-port.ts';

it.each([
  [200, 'ok', 'HTTP 200'],
  [204, 'ok', 'HTTP 204'],
  [301, 'ok', 'HTTP 301'],
  [401, 'ok', 'HTTP 401 (reachable)'],
  [403, 'ok', 'HTTP 403 (reachable)'],
  [404, 'failed', 'HTTP 404'],
  [500, 'failed', 'HTTP 500'],
])('calls HTTP %i %s', async (status, outcome, service) => {
  const port = await serveAlways(status, {}, '');
  expect(await probePort('http', port)).toMatchObject({ outcome, service });
});

it('names status, server and path when it failed', async () => {
  const port = await serveAlways(503, { server: 'nginx' }, '');
  expect((await probePort('http', port, { path: '/ready' })).reason).toBe(
    'answers HTTP 503 with Server: nginx for /ready',
  );
});

it('does not call AirPlay reachable', async () => {
  const port = await serveAlways(403, { server: 'AirTunes/870.14.1' }, '');
  expect(await probePort('http', port)).toMatchObject({
    outcome: 'failed',
    reason: 'answers HTTP 403 with Server: AirTunes/870.14.1 (macOS AirPlay) for /',
  });
});

it('asks for the path, under the address that clients use, on a connection of its own', async () => {
  const seen: unknown[] = [];
  const port = await serveHttp((request, response) => {
    seen.push([request.method, request.url, request.headers.host, request.headers.connection]);
    response.end();
  });
  await probePort('http', port, { path: '/live', local: '127.0.0.1:8080' });
  expect(seen).toEqual([['GET', '/live', '127.0.0.1:8080', 'close']]);
});

it('is content with the head of an answer that does not end', async () => {
  const port = await serveHttp((_request, response) => {
    response.writeHead(200);
    response.write('the first of many');
  });
  expect(await probePort('http', port)).toMatchObject({ outcome: 'ok', service: 'HTTP 200' });
});
