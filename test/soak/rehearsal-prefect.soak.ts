import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import type { WebService } from '../../src/rehearsal/web-service.ts';
import { type RealPrefect, startRealPrefect } from '../support/prefect.ts';
import { describeReal } from '../support/real.ts';

const AUTH = 'admin:secret';
const headers = { authorization: `Basic ${Buffer.from(AUTH).toString('base64')}` };

/** What clients may rely on: the status, the kind of content, and the body with every value replaced by its type. */
const ask = async (base: string, method: string, path: string, withPassword: boolean) => {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(withPassword ? headers : {}) },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    shape: shapeOf(await response.json()),
  };
};

const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
};

describeReal('the stand-in and a real Prefect server', ['prefect'], () => {
  let real: RealPrefect;
  let standIn: WebService;
  beforeAll(async () => {
    real = await startRealPrefect({ auth: AUTH });
    standIn = await startPrefect({ auth: AUTH });
  }, 150_000);
  afterAll(async () => {
    await real?.stop();
    await standIn?.close();
  });

  const questions = [
    ['GET', '/api/health'],
    ['GET', '/api/ready'],
    ['GET', '/api/hello'],
    ['GET', '/api/admin/version'],
    ['GET', '/ui-settings'],
    ['POST', '/api/flows/filter'],
    ['POST', '/api/flow_runs/filter'],
    ['POST', '/api/deployments/filter'],
    ['GET', '/api/no-such-thing'],
  ] as const;

  it.each(questions)('answer %s %s alike', async (method, path) => {
    const [ours, theirs] = await Promise.all([
      ask(standIn.url, method, path, true),
      ask(real.url, method, path, true),
    ]);
    expect(ours).toEqual(theirs);
  });

  it.each(questions)('answer %s %s alike to who has no password', async (method, path) => {
    const [ours, theirs] = await Promise.all([
      ask(standIn.url, method, path, false),
      ask(real.url, method, path, false),
    ]);
    expect(ours).toEqual(theirs);
  });

  it('say the same version and health', async () => {
    for (const path of ['/api/health', '/api/admin/version']) {
      const read = async (base: string) => (await fetch(`${base}${path}`, { headers })).json();
      expect(await read(standIn.url)).toEqual(await read(real.url));
    }
  });
});
