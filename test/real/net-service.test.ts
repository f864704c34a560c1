import { afterAll, beforeAll, expect, it } from 'vitest';
import { startMarquez } from '../../src/rehearsal/marquez.ts';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import { freePort, isPortOpen } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { eventually, onlyPid, pidsOf } from './support/sandbox-processes.ts';
import { errorOf, openStage, type Stage, throughSsh } from './support/stage.ts';

/** What is said may be 2 s old, and a silent service is waited for; the rest is for a busy machine. */
const TOLD_WITHIN_MS = 5_000;

async function inState(stage: Stage, state: string) {
  return (await stage.status()).sessions.find((session) => session.state === state);
}

describeReal('a service that does not do what it should', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  it.concurrent('that dies behind a living tunnel is named, the tunnel is kept, and is ready again with it', async (t) => {
    const stage = await openStage(t);
    const local = await freePort();
    let prefect = await startPrefect();
    const { port } = prefect;
    const args = throughSsh(sshd, `prefect=${local}:127.0.0.1:${port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    const ssh = await onlyPid(stage, 'ssh');

    await prefect.close();
    const degraded = await eventually('degraded', () => inState(stage, 'degraded'), TOLD_WITHIN_MS);
    expect(degraded).toMatchObject({
      state: 'degraded',
      code: 'service-not-answering',
      forwards: [
        { layers: { port: { state: 'ok' }, transport: { state: 'ok' }, service: { state: 'failed' } } },
      ],
    });
    expect(degraded?.reason).toMatch(/^prefect: /);
    const again = await stage.net([...args, '--json']);
    expect(again.code).toBe(1);
    expect(errorOf(again)).toMatchObject({ code: 'service-not-answering', exitCode: 1 });
    expect(again.stderr).toBe('');
    expect(await stage.net([...args, '--require', 'transport'])).toMatchObject({ code: 0 });

    prefect = await startPrefect({ port });
    const ready = await eventually('ready', () => inState(stage, 'ready'), TOLD_WITHIN_MS);
    expect(await stage.status()).toMatchObject({ code: 0 });
    await prefect.close();
    expect(ready).toMatchObject({ breaks: [] });
    expect(ready).not.toHaveProperty('reason');
    expect(await onlyPid(stage, 'ssh')).toBe(ssh);
  });

  it.concurrent('that is dead at the start leaves a tunnel that is kept, and says so', async (t) => {
    const stage = await openStage(t);
    const [local, dead] = [await freePort(), await freePort()];
    const args = throughSsh(sshd, `prefect=${local}:127.0.0.1:${dead}`);
    const up = await stage.net(args);
    expect(up.code).toBe(1);
    expect(up.stderr).toMatch(/^error: staging is degraded: prefect: .*\[service-not-answering\]$/m);
    expect(up.stderr).toContain('the tunnel itself works and stays up');
    expect(up.stderr).toContain('hotpass net logs staging');
    expect(await isPortOpen(local)).toBe(true);
    expect(await pidsOf(stage, 'ssh')).toHaveLength(1);
    expect(await stage.net([...args, '--require', 'transport'])).toMatchObject({ code: 0 });
    expect(await pidsOf(stage, 'supervisor')).toHaveLength(1);
  });

  it.concurrent('that is another one is told by what it answers', async (t) => {
    const stage = await openStage(t);
    const marquez = await startMarquez();
    const up = await stage.net([
      ...throughSsh(sshd, `prefect=${await freePort()}:127.0.0.1:${marquez.port}`),
      '--json',
    ]);
    await marquez.close();
    expect(up.code).toBe(1);
    expect(errorOf(up)).toMatchObject({ code: 'service-not-answering' });
    expect(errorOf(up).message).toMatch(/prefect: another service answers, not Prefect: HTTP 404/);
  });

  it.concurrent('of one forward does not hide that the other works', async (t) => {
    const stage = await openStage(t);
    const marquez = await startMarquez();
    const [one, two, dead] = [await freePort(), await freePort(), await freePort()];
    const up = await stage.net(
      throughSsh(sshd, `prefect=${one}:127.0.0.1:${dead}`, `marquez=${two}:127.0.0.1:${marquez.port}`),
    );
    expect(up.code).toBe(1);
    expect(up.stdout).toMatch(/^prefect .* degraded /m);
    expect(up.stdout).toMatch(/^marquez .* ready /m);
    await marquez.close();
  });
});
