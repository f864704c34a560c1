import { expect, it, onTestFinished } from 'vitest';
import { startMarquez } from '../../../../src/rehearsal/marquez.ts';
import { probePort, serveAlways } from './probe-port.ts';

it('knows Marquez by its list of namespaces', async () => {
  const marquez = await startMarquez();
  onTestFinished(marquez.close);
  expect(await probePort('marquez', marquez.port)).toMatchObject({ outcome: 'ok', service: 'Marquez' });
  expect(marquez.requests.map(({ path }) => path)).toEqual(['/api/v1/namespaces?limit=1']);
});

it.each([
  [200, '{"namespaces":"many"}', 'another service answers, not Marquez: HTTP 200'],
  [200, 'null', 'another service answers, not Marquez: HTTP 200'],
  [500, '{"namespaces":[]}', 'another service answers, not Marquez: HTTP 500'],
])('does not take HTTP %i %s for Marquez', async (status, body, reason) => {
  const port = await serveAlways(status, { 'content-type': 'application/json' }, body);
  expect(await probePort('marquez', port)).toMatchObject({ outcome: 'failed', service: 'Marquez', reason });
});

it('names AirPlay, which holds port 5000 on macOS', async () => {
  const port = await serveAlways(403, { server: 'AirTunes/870.14.1' }, '');
  expect((await probePort('marquez', port)).reason).toBe(
    'answers HTTP 403 with Server: AirTunes/870.14.1 (macOS AirPlay), not Marquez',
  );
});
