import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { expect, it, onTestFinished } from 'vitest';
import { exchange, openClient, readToEnd } from '../real/support/clients.ts';
import { eventually, onlyPid, pidsOf } from '../real/support/sandbox-processes.ts';
import { openStage, throughSsh } from '../real/support/stage.ts';
import { freePort, startEcho } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { startSshd } from '../support/sshd.ts';

/** Time in which a silent far side must be noticed, and 5 s for a busy machine. */
const NOTICED_MS = 25_000;
const HOLD_MS = 4_000;
/** The longest pause between two tries, a try that finds a bastion that is just starting, and a login. */
const BACK_MS = 40_000;

describeReal('a bastion that is frozen or away', ['sshd', 'ssh'], () => {
  const openOne = async () => {
    const [stage, sshd, echo, port] = [
      await openStage(),
      await startSshd(),
      await startEcho(),
      await freePort(),
    ];
    onTestFinished(() => echo.close());
    onTestFinished(() => sshd.stop());
    const args = [...throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`), '--hold', `${HOLD_MS / 1000}s`];
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    const session = async () => (await stage.status()).sessions[0];
    const inState = (state: string, ms: number) =>
      eventually(state, async () => (await session())?.state === state, ms);
    return { stage, sshd, port, session, inState };
  };

  it('never leaves a client hanging: cut when it is noticed, then held, then refused, then served', async () => {
    const { stage, sshd, port, session, inState } = await openOne();
    const before = await openClient(port);
    before.write('before');
    await once(before, 'data');
    const cut = readToEnd(before);
    const ssh = await onlyPid(stage, 'ssh');
    // The listener too: nobody can log in again.
    signalIfAlive(sshd.pid, 'SIGSTOP');
    await sshd.freeze();
    const frozen = performance.now();
    const hasCome = exchange(port, 'came over the frozen way');
    await inState('reconnecting', NOTICED_MS);
    expect(performance.now() - frozen).toBeLessThan(NOTICED_MS);
    expect((await session())?.reason).toMatch(/^bastion went silent/);
    expect(await cut).toMatchObject({ outcome: 'ECONNRESET' });
    expect(await hasCome).toMatchObject({ outcome: 'ECONNRESET' });
    expect(performance.now() - frozen).toBeLessThan(NOTICED_MS);

    const came = performance.now();
    expect(await exchange(port, 'held in vain')).toMatchObject({ outcome: 'ECONNRESET' });
    const held = performance.now() - came;
    expect(held).toBeGreaterThanOrEqual(HOLD_MS - 100);
    expect(held).toBeLessThan(HOLD_MS + 3_000);

    await sshd.thaw();
    signalIfAlive(sshd.pid, 'SIGCONT');
    await inState('ready', BACK_MS);
    expect(await exchange(port, 'served')).toMatchObject({
      outcome: 'ended',
      received: Buffer.from('served'),
    });
    expect(await pidsOf(stage, 'ssh')).not.toContain(ssh);
    await onlyPid(stage, 'ssh');
    expect((await session())?.breaks).toMatchObject([{ kept: 0, lost: 3 }]);
  }, 120_000);

  it('is tried again every 30 s at least, for as long as it takes', async () => {
    const { stage, sshd, port, session, inState } = await openOne();
    await sshd.halt();
    await inState('reconnecting', NOTICED_MS);
    await new Promise((resolve) => setTimeout(resolve, 90_000));
    const away = await session();
    expect(away).toMatchObject({ state: 'reconnecting', code: 'ssh-unreachable' });
    expect(away?.reason).toMatch(/cannot be reached: connection refused$/);
    await sshd.restart();
    const back = performance.now();
    await inState('ready', BACK_MS);
    expect(performance.now() - back).toBeLessThan(BACK_MS);
    expect(await exchange(port, 'again')).toMatchObject({ outcome: 'ended', received: Buffer.from('again') });
    await onlyPid(stage, 'ssh');
    const { stdout } = await stage.net(['logs']);
    const pauses = [...stdout.matchAll(/try \d+ in ([\d.]+) s/g)].map(([, seconds]) => Number(seconds));
    expect(pauses.length).toBeGreaterThan(7);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30);
    expect(Math.max(...pauses)).toBeGreaterThanOrEqual(20);
  }, 240_000);
});
