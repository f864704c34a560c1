import { expect, it, onTestFinished } from 'vitest';
import { startMarquez } from '../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import { isPortOpen } from '../support/ports.ts';

const post = (url: string, body: string) => fetch(url, { method: 'POST', body });

it('remembers the requests it got', async () => {
  const prefect = await startPrefect();
  onTestFinished(prefect.close);
  await post(`${prefect.url}/api/flows/filter`, '{"limit":1}');
  expect(prefect.requests).toMatchObject([
    { method: 'POST', path: '/api/flows/filter', body: '{"limit":1}' },
  ]);
});

it('tells the web UI its own address, or the one it is given', async () => {
  const plain = await startPrefect();
  onTestFinished(plain.close);
  const moved = await startPrefect({ uiApiUrl: 'http://prefect.internal/api' });
  onTestFinished(moved.close);
  const address = async (url: string) => (await fetch(`${url}/ui-settings`)).json();
  expect(await address(plain.url)).toMatchObject({ api_url: `${plain.url}/api` });
  expect(await address(moved.url)).toMatchObject({ api_url: 'http://prefect.internal/api' });
});

it('keeps lineage events and lists their namespaces', async () => {
  const marquez = await startMarquez();
  onTestFinished(marquez.close);
  const event = { eventType: 'START', job: { namespace: 'etl', name: 'daily' } };
  expect((await post(`${marquez.url}/api/v1/lineage`, JSON.stringify(event))).status).toBe(201);
  expect((await post(`${marquez.url}/api/v1/lineage`, 'no JSON')).status).toBe(400);
  expect(marquez.events).toEqual([event]);
  const listed = await (await fetch(`${marquez.url}/api/v1/namespaces`)).json();
  expect(listed).toMatchObject({ namespaces: [{ name: 'default' }, { name: 'etl' }] });
});

it('answers late while it is slow', async () => {
  const marquez = await startMarquez();
  onTestFinished(marquez.close);
  const took = async () => {
    const began = performance.now();
    expect(await (await fetch(`${marquez.url}/ping`)).json()).toBe('pong');
    return performance.now() - began;
  };
  marquez.slow(400);
  expect(await took()).toBeGreaterThan(390);
  marquez.heal();
  expect(await took()).toBeLessThan(390);
});

it('is gone when closed, also with a request that it lets hang', async () => {
  const marquez = await startMarquez();
  marquez.hang();
  const hanging = fetch(`${marquez.url}/ping`).then(
    () => 'answered',
    () => 'cut',
  );
  await expect.poll(() => marquez.requests.length).toBe(1);
  await marquez.close();
  expect(await hanging).toBe('cut');
  expect(await isPortOpen(marquez.port)).toBe(false);
});

it('rejects when its port is taken', async () => {
  const first = await startPrefect();
  onTestFinished(first.close);
  await expect(startMarquez({ port: first.port })).rejects.toThrow('EADDRINUSE');
});
