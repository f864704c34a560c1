import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { exchange } from '../real/support/clients.ts';
import { eventually, onlyPid, pidsOf } from '../real/support/sandbox-processes.ts';
import { errorOf, openStage, runtimeFiles, type Stage, throughSsh } from '../real/support/stage.ts';
import { freePort, isPortOpen, startEcho, type TestServer } from '../support/ports.ts';
import { isRunning, signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('a session whose processes are killed', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  const openOne = async (t: TestContext): Promise<{ stage: Stage; port: number; args: string[] }> => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    return { stage, port, args };
  };

  it.concurrent('gets a new ssh on the same port when ssh is killed, and serves who comes meanwhile', async (t) => {
    const { stage, port } = await openOne(t);
    const ssh = await onlyPid(stage, 'ssh');
    expect(await exchange(port, 'before')).toMatchObject({ outcome: 'ended' });
    signalIfAlive(ssh, 'SIGKILL');
    // On a busy machine it takes clients until it is really gone, and those are cut.
    await eventually('the end of ssh', async () => !(await pidsOf(stage, 'ssh')).includes(ssh));
    // One client after the other for as long as there is no other ssh, and none of them is refused.
    const served: string[] = [];
    const clients = eventually('another ssh', async () => {
      const { outcome, received } = await exchange(port, 'meanwhile');
      served.push(`${outcome} ${received}`);
      const [other] = await pidsOf(stage, 'ssh');
      return other !== undefined && other !== ssh;
    });
    const crowd = await Promise.all(Array.from({ length: 30 }, () => exchange(port, 'meanwhile')));
    await clients;
    served.push(...crowd.map(({ outcome, received }) => `${outcome} ${received}`));
    expect(new Set(served), (await stage.net(['logs'])).stdout).toEqual(new Set(['ended meanwhile']));
    const { code, sessions } = await stage.status();
    expect(code).toBe(0);
    expect(sessions[0]?.forwards[0]?.local[0]).toBe(`127.0.0.1:${port}`);
    expect(sessions[0]?.breaks).toHaveLength(1);
    expect((await stage.net(['status'])).stdout).toMatch(
      /^today: staging \d\d:\d\d:\d\d \+\d+\.\d s, .*, \d+ connections? kept, 0 lost$/m,
    );
    expect(await onlyPid(stage, 'ssh')).not.toBe(ssh);
  });

  it.concurrent('gets a new ssh when ssh is stopped, and serves who came meanwhile', async (t) => {
    const { stage, port } = await openOne(t);
    const ssh = await onlyPid(stage, 'ssh');
    signalIfAlive(ssh, 'SIGSTOP');
    // On a busy machine it goes on until it would run next.
    await eventually('the stop', async () => / T /.test(await readFile(`/proc/${ssh}/stat`, 'utf8')));
    expect(await exchange(port, 'meanwhile')).toMatchObject({ outcome: 'ended' });
    expect(await onlyPid(stage, 'ssh')).not.toBe(ssh);
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([{ state: 'ready', breaks: [{ reason: 'ssh was stopped' }] }]);
  });

  it.concurrent('is told as failed by the next status when its background process is killed, and leaves no ssh', async (t) => {
    const { stage, port } = await openOne(t);
    const [supervisor, ssh] = [await onlyPid(stage, 'supervisor'), await onlyPid(stage, 'ssh')];
    signalIfAlive(supervisor, 'SIGKILL');
    const { code, sessions } = await stage.status();
    expect(code).toBe(1);
    expect(sessions).toMatchObject([{ state: 'failed', reason: `background process ${supervisor} is gone` }]);
    await waitUntilGone(ssh);
    expect(await isPortOpen(port)).toBe(false);

    const down = await stage.net(['down']);
    expect(down).toMatchObject({ code: 0, stdout: 'staging was dead; cleared\n' });
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it.concurrent('is opened again on its port by the next up when its background process was killed', async (t) => {
    const { stage, port, args } = await openOne(t);
    const supervisor = await onlyPid(stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGKILL');
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    expect(await exchange(port, 'again')).toMatchObject({ outcome: 'ended', received: Buffer.from('again') });
    expect(await stage.records()).toHaveLength(1);
    expect(await pidsOf(stage, 'ssh')).toHaveLength(1);
    // Socket and folder of the living session, nothing of the dead one.
    expect(await runtimeFiles(stage)).toHaveLength(2);
  });

  it('says within 3 s that its background process is stopped, and is ended by down', async (t) => {
    const { stage, port } = await openOne(t);
    const [supervisor, ssh] = [await onlyPid(stage, 'supervisor'), await onlyPid(stage, 'ssh')];
    signalIfAlive(supervisor, 'SIGSTOP');
    const asked = Date.now();
    const up = stage.net(['up', '--via', 'direct', '--forward', `echo=${port}:127.0.0.1:1`, '--json']);
    const { code, sessions } = await stage.status();
    expect(Date.now() - asked).toBeLessThan(3_500);
    expect(code).toBe(1);
    expect(sessions).toMatchObject([{ state: 'failed', next: 'hotpass net down staging' }]);
    expect(sessions[0]?.reason).toMatch(/does not answer: .* no answer within 2\.5 s/);

    expect(errorOf(await up)).toMatchObject({ code: 'supervisor-silent', exitCode: 1 });

    const down = await stage.net(['down']);
    expect(down).toMatchObject({ code: 0, stdout: 'staging did not answer and was killed\n' });
    expect(await isRunning(supervisor)).toBe(false);
    expect(await isRunning(ssh)).toBe(false);
    expect(await isPortOpen(port)).toBe(false);
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it('comes back when the bastion does, on its port', async (t) => {
    const { stage, port } = await openOne(t);
    await sshd.halt();
    await eventually('the loss', async () => (await stage.status()).sessions[0]?.state === 'reconnecting');
    const waiting = exchange(port, 'patient');
    await sshd.restart();
    expect(await waiting).toMatchObject({ outcome: 'ended', received: Buffer.from('patient') });
    await eventually('ready', async () => (await stage.status()).code === 0);
  });
});
