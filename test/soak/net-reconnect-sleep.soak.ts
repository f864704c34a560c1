import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStatus } from '../../src/ops/net/status.ts';
import { exchange, openClient, readToEnd } from '../real/support/clients.ts';
import { eventually, onlyPid, processesOf } from '../real/support/sandbox-processes.ts';
import { openStage, throughSsh } from '../real/support/stage.ts';
import { createFakeClock } from '../support/faketime.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** A tick of 5 s, 5 s for the answer, a login, and a busy machine; the reason tells who noticed. */
const NOTICED_MS = 18_000;
const HOUR = 3_600;

describeReal('a machine that sleeps, or whose clock is set', ['sshd', 'ssh', 'faketime'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  /** A session in the foreground that lives by a clock of its own; its ssh and `net status` live by the true one. */
  const startOne = async () => {
    const stage = await openStage();
    const clock = await createFakeClock(stage.root);
    const port = await freePort();
    const args = ['net', ...throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`), '--foreground'];
    const up = stage.start(args, { env: clock.env });
    const end = once(up, 'close');
    const session = async (): Promise<SessionStatus | undefined> => (await stage.status()).sessions[0];
    const isReady = async () => (await session())?.state === 'ready';
    await eventually('ready', isReady);
    const ssh = (await processesOf(stage)).find(({ kind }) => kind === 'ssh');
    expect(ssh?.environment.filter((variable) => /^(LD_PRELOAD|FAKETIME)/.test(variable))).toEqual([]);
    const log = async () => readFile((await session())?.log ?? '', 'utf8');
    const finish = async () => {
      up.kill('SIGTERM');
      expect((await end)[0]).toBe(0);
    };
    return { stage, clock, port, session, isReady, log, finish };
  };

  it('keeps a way that is still there, with its clients', async () => {
    const { stage, clock, port, session, isReady, log, finish } = await startOne();
    const ssh = await onlyPid(stage, 'ssh');
    const client = await openClient(port);
    client.write('before');
    await once(client, 'data');
    await clock.set(41);
    await eventually('a word about it', async () => (await log()).includes('the machine slept 41 s'));
    await eventually('ready', isReady);
    client.write('after');
    expect(String((await once(client, 'data'))[0])).toBe('after');
    client.destroy();
    expect(await onlyPid(stage, 'ssh')).toBe(ssh);
    expect((await session())?.breaks).toEqual([]);
    // The question that the far side answered is ours, and no service's refusal.
    expect(await log()).not.toContain('open failed');
    await finish();
  });

  it('finds by itself that the far side is gone, and cuts, holds and serves', async () => {
    const { stage, clock, port, session, isReady, finish } = await startOne();
    const ssh = await onlyPid(stage, 'ssh');
    const client = await openClient(port);
    client.write('before');
    await once(client, 'data');
    const cut = readToEnd(client);
    await sshd.freeze();
    const frozen = performance.now();
    await clock.set(41);
    expect(await cut).toMatchObject({ outcome: 'ECONNRESET' });
    expect(await exchange(port, 'again')).toMatchObject({ outcome: 'ended', received: Buffer.from('again') });
    expect(performance.now() - frozen).toBeLessThan(NOTICED_MS);
    await eventually('ready', isReady);
    expect(await onlyPid(stage, 'ssh')).not.toBe(ssh);
    expect((await session())?.breaks).toMatchObject([
      { reason: expect.stringMatching(/did not outlive that the machine slept 41 s/), lost: 1 },
    ]);
    await sshd.thaw();
    await finish();
  });

  it('says at the first look that it does not know, and never that it is ready', async () => {
    const { clock, session, isReady, finish } = await startOne();
    await sshd.freeze();
    await clock.set(41);
    expect(await session()).toMatchObject({
      state: 'reconnecting',
      reason: expect.stringMatching(
        /^the machine slept 41 s, .*; asking whether ssh to bastion is still there$/,
      ),
    });
    await eventually('ready', isReady);
    await sshd.thaw();
    await finish();
  });

  it('tries at once, however long the pause was to be', async () => {
    const { clock, isReady, log, finish } = await startOne();
    await sshd.halt();
    await eventually('a long pause', async () => (await log()).includes('try 6 in '), 30_000);
    await sshd.restart();
    const woken = performance.now();
    await clock.set(41);
    await eventually('ready', isReady);
    // The pause was to be 5.3 to 8 s; a look notices the sleep.
    expect(performance.now() - woken).toBeLessThan(4_500);
    expect(await log()).toMatch(/the machine slept 41 s[\s\S]*reconnecting -> ready/);
    await finish();
  });

  it('stays sane when the clock is set back', async () => {
    const { stage, clock, session, port, log, finish } = await startOne();
    await clock.set(-HOUR);
    await eventually('a word about it', async () =>
      (await log()).includes('the clock was set back by 3600 s'),
    );
    const status = await session();
    expect(status?.state).toBe('ready');
    const now = Date.now() - HOUR * 1000;
    const service = status?.forwards[0]?.layers.service;
    for (const time of [status?.since, service?.checkedAt])
      expect(Date.parse(time ?? '')).toBeLessThanOrEqual(now);
    expect(await exchange(port, 'still')).toMatchObject({ outcome: 'ended' });
    await sshd.dropSessions();
    const broken = await eventually('the break', async () => {
      const looked = await session();
      return looked !== undefined && looked.breaks.length > 0 && looked.state === 'ready' && looked;
    });
    expect(broken.breaks[0]?.seconds).toBeGreaterThan(0);
    expect(broken.breaks[0]?.seconds).toBeLessThan(10);
    const told = await stage.net(['status'], { env: clock.env });
    expect(told.stdout).not.toMatch(/-\d/);
    await finish();
  });
});
