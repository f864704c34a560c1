import { afterAll, beforeAll, expect, it } from 'vitest';
import { probePort } from '../ops/net/probes/probe-port.ts';
import { type RealPrefect, startRealPrefect } from '../support/prefect.ts';
import { describeReal } from '../support/real.ts';

describeReal('the prefect probe and a real server', ['prefect'], () => {
  let prefect: RealPrefect;
  beforeAll(async () => {
    prefect = await startRealPrefect();
  }, 150_000);
  afterAll(() => prefect?.stop());

  it('find each other', async () => {
    const probed = await probePort('prefect', prefect.port);
    expect(probed).toMatchObject({ outcome: 'ok', warnings: [] });
    expect(probed.service).toMatch(/^Prefect 3\.\d+\.\d+/);
  });

  it('warn that the web UI would call the server past a forward on another port', async () => {
    const { warnings } = await probePort('prefect', prefect.port, { local: '127.0.0.1:1' });
    expect(warnings).toEqual([expect.stringContaining(`use local port ${prefect.port}`)]);
  });

  it('are told apart from Marquez', async () => {
    expect((await probePort('marquez', prefect.port)).reason).toMatch(
      /^another service answers, not Marquez: HTTP 404/,
    );
  });
});
