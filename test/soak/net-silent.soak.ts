import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPrefect } from '../../src/rehearsal/prefect.ts';
import { exchange } from '../real/support/clients.ts';
import { eventually, onlyPid } from '../real/support/sandbox-processes.ts';
import { openStage, type Stage, throughSsh } from '../real/support/stage.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** What is said may be 2 s old, and a silent service is waited for; the rest is for a busy machine. */
const TOLD_WITHIN_MS = 5_000;
/** Three keepalives of 5 s, what is said may be 2 s old, and a busy machine. */
const SILENCE_MS = 25_000;

async function inState(stage: Stage, state: string) {
  return (await stage.status()).sessions.find((session) => session.state === state);
}

describeReal('what falls silent', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd?.stop());

  it('is a service: told within the time that a look may take', async () => {
    const stage = await openStage();
    const prefect = await startPrefect();
    const args = throughSsh(sshd, `prefect=${await freePort()}:127.0.0.1:${prefect.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    prefect.hang();
    const degraded = await eventually('degraded', () => inState(stage, 'degraded'), TOLD_WITHIN_MS);
    expect(degraded.reason).toMatch(/prefect: no answer within 1\.5 s/);
    prefect.heal();
    await eventually('ready', () => inState(stage, 'ready'), TOLD_WITHIN_MS);
    await prefect.close();
  });

  it('is the far side: told within 20 s, and gone round by a new ssh', async () => {
    const stage = await openStage();
    const echo = await startEcho();
    const port = await freePort();
    expect(await stage.net(throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 0,
    });
    const ssh = await onlyPid(stage, 'ssh');
    await sshd.freeze();
    const broken = await eventually(
      'the break',
      async () => (await stage.status()).sessions.find(({ breaks }) => breaks.length > 0),
      SILENCE_MS,
    );
    expect(broken).toMatchObject({ state: 'ready' });
    expect(await onlyPid(stage, 'ssh')).not.toBe(ssh);
    expect(await exchange(port, 'again')).toMatchObject({ outcome: 'ended' });
    await sshd.thaw();
    await echo.close();
  }, 60_000);

  it('is our own ssh: its stop does not keep down from ending it', async () => {
    const stage = await openStage();
    const echo = await startEcho();
    const args = throughSsh(sshd, `echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    signalIfAlive(await onlyPid(stage, 'ssh'), 'SIGSTOP');
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    await echo.close();
  });
});
