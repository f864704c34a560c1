import { expect, it, onTestFinished } from 'vitest';
import { type StartPrefect, startPrefect } from '../../../../src/rehearsal/prefect.ts';
import { probePort, serveAlways, serveHttp } from './probe-port.ts';

const start = async (options: StartPrefect = {}) => {
  const prefect = await startPrefect(options);
  onTestFinished(prefect.close);
  return prefect;
};

const json = { 'content-type': 'application/json' };

it('names the version of a healthy server', async () => {
  const { port } = await start({ version: '3.4.11' });
  const probed = await probePort('prefect', port);
  expect(probed).toMatchObject({ outcome: 'ok', service: 'Prefect 3.4.11', warnings: [] });
  expect(probed.ms).toBeGreaterThanOrEqual(0);
  expect(probed).not.toHaveProperty('reason');
});

it('says when the server wants a password', async () => {
  const { port } = await start({ auth: 'admin:secret' });
  expect(await probePort('prefect', port)).toMatchObject({ outcome: 'ok', service: 'Prefect (wants auth)' });
});

it('knows a server that hides even its health behind a password', async () => {
  const port = await serveAlways(401, json, '{"exception_message":"Unauthorized"}');
  expect(await probePort('prefect', port)).toMatchObject({ outcome: 'ok', service: 'Prefect (wants auth)' });
});

it('warns when the web UI will call another port, and offers that port', async () => {
  const { port } = await start({ uiApiUrl: 'http://localhost:4200/api' });
  const { outcome, warnings } = await probePort('prefect', port);
  expect(outcome).toBe('ok');
  expect(warnings).toEqual([
    `the web UI at http://127.0.0.1:${port} will call http://localhost:4200/api: use local port 4200, ` +
      'or set PREFECT_SERVER_UI_API_URL (before 3.0: PREFECT_UI_API_URL) on the server',
  ]);
});

it('is content when only health answers in time, and measures to that answer', async () => {
  const port = await serveHttp((request, response) => {
    if (request.url === '/api/health') response.writeHead(200, json).end('true');
  });
  const probed = await probePort('prefect', port, { deadlineMs: 2_000 });
  expect(probed).toMatchObject({ outcome: 'ok', service: 'Prefect', warnings: [] });
  expect(probed.ms).toBeLessThan(1_900);
});

it('asks below another API path', async () => {
  const seen: (string | undefined)[] = [];
  const port = await serveHttp((request, response) => {
    seen.push(request.url);
    response.writeHead(200, json).end('true');
  });
  await probePort('prefect', port, { path: '/team/api' });
  expect(seen.sort()).toEqual(['/team/api/admin/version', '/team/api/health', '/ui-settings']);
});

const wrong: [name: string, status: number, headers: Record<string, string>, body: string, reason: string][] =
  [
    [
      'macOS AirPlay',
      403,
      { server: 'AirTunes/870.14.1' },
      '',
      'answers HTTP 403 with Server: AirTunes/870.14.1 (macOS AirPlay), not Prefect',
    ],
    [
      'a web page',
      200,
      { server: 'nginx/1.25.3' },
      '<html><head><title>Grafana</title>',
      'another service answers, not Prefect: HTTP 200 with Server: nginx/1.25.3, title "Grafana"',
    ],
    ['another JSON service', 200, json, '{"status":"ok"}', 'another service answers, not Prefect: HTTP 200'],
    ['a plain 404', 404, {}, 'no', 'another service answers, not Prefect: HTTP 404'],
    [
      'a proxy with nothing behind it',
      502,
      { server: 'nginx' },
      '',
      'answers HTTP 502 with Server: nginx: a proxy that finds no Prefect behind it',
    ],
    [
      'a login page, without the secrets in its address',
      302,
      { location: 'https://sso.example.com/login?state=s3cret' },
      '',
      'answers HTTP 302: redirects to sso.example.com, not Prefect',
    ],
    [
      'a login that is not Prefect',
      401,
      { server: 'nginx' },
      '',
      'answers HTTP 401 with Server: nginx: wants a login, and does not say that it is Prefect',
    ],
    [
      'a sick Prefect in its own words',
      503,
      json,
      '{"exception_message":"Service Unavailable"}',
      'Prefect answers HTTP 503: Service Unavailable',
    ],
  ];

it.each(wrong)('names %s', async (_name, status, headers, body, reason) => {
  const port = await serveAlways(status, headers, body);
  expect(await probePort('prefect', port)).toMatchObject({ outcome: 'failed', service: 'Prefect', reason });
});

it('does not follow a redirect', async () => {
  let asked = 0;
  const port = await serveHttp((_request, response) => {
    asked += 1;
    response.writeHead(302, { location: '/api/health' }).end();
  });
  expect(await probePort('prefect', port)).toMatchObject({ outcome: 'failed' });
  expect(asked).toBe(1);
});

it('tells the faults of a rehearsed server apart, and sees it healed', async () => {
  const prefect = await start();
  prefect.say(500);
  expect((await probePort('prefect', prefect.port)).reason).toBe('Prefect answers HTTP 500: rehearsed fault');
  prefect.hang();
  expect((await probePort('prefect', prefect.port, { deadlineMs: 200 })).reason).toBe(
    'no answer within 0.2 s',
  );
  prefect.breakConnections();
  expect((await probePort('prefect', prefect.port)).reason).toMatch(/^closed without an answer/);
  prefect.heal();
  expect(await probePort('prefect', prefect.port)).toMatchObject({ outcome: 'ok' });
});
