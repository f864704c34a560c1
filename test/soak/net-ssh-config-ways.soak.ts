import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { runProgram } from '../real/support/run-program.ts';
import { eventually, processesOf } from '../real/support/sandbox-processes.ts';
import {
  expectEcho,
  expectMended,
  expectWholeEnd,
  findSsh,
  openConfigured,
  writeSshConfig,
} from '../real/support/ssh-config-stage.ts';
import { errorOf, openStage, type Stage } from '../real/support/stage.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal, realPath } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('a session beside what is the operator’s own', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let inner: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    sshd = await startSshd();
    [inner, echo] = await Promise.all([startSshd({ alias: 'inner', joins: sshd }), startEcho()]);
  });
  afterAll(async () => {
    await inner?.stop();
    await sshd?.stop();
    await echo?.close();
  });

  /** Starts the master of a person who is logged in to the bastion. */
  const startMaster = async (t: TestContext, stage: Stage, configFile: string) => {
    const path = join(stage.root, 'm');
    const ssh = (...args: string[]) => [realPath('ssh'), '-F', configFile, '-S', path, ...args, 'bastion'];
    const [file = '', ...args] = ssh('-M', '-N', '-o', 'ControlPersist=no');
    // Not with the environment of the sandbox: it is not ours, and must be there when all of ours has ended.
    const master = spawn(file, args, { stdio: 'ignore' });
    t.onTestFinished(() => endProcess(master));
    const isAlive = async () => (await runProgram([], ssh('-O', 'check'), stage)).code === 0;
    await eventually('a master', isAlive);
    return { master, isAlive };
  };
  const SHARING = ['ControlMaster auto', 'ControlPath ROOT/m', 'ControlPersist yes'];

  for (const [what, args] of [
    ['to the bastion', ['--host', 'bastion']],
    ['to the jump host', ['--host', 'inner', '--jump', 'bastion']],
  ] as const) {
    it(`leaves a living master ${what} alone, and does not hang on it`, async (t) => {
      const stage = await openStage(t);
      const { master, isAlive } = await startMaster(t, stage, await writeSshConfig(stage, sshd, SHARING));
      const tunnel = await openConfigured(t, sshd, echo, { settings: SHARING, args, stage });
      const { own, hops } = await findSsh(stage);
      await expectMended(tunnel, hops[0] ?? own[0], 1);
      expect(await isAlive()).toBe(true);
      await expectWholeEnd(tunnel);
      expect(await isAlive()).toBe(true);

      const again = await openConfigured(t, sshd, echo, { settings: SHARING, args, stage });
      await endProcess(master);
      await expectEcho(again.port);
      expect((await stage.status()).sessions).toMatchObject([{ state: 'ready', breaks: [] }]);
    });
  }

  it('goes through a ProxyCommand, and leaves nothing of it', async (t) => {
    const command = `ProxyCommand ${realPath('ssh')} -F ${sshd.configFile} -W %h:%p bastion`;
    const tunnel = await openConfigured(t, sshd, echo, {
      settings: ['Match originalhost inner', command],
      args: ['--host', 'inner'],
    });
    const { own, hops } = await findSsh(tunnel.stage);
    expect([own.length, hops.length]).toEqual([1, 1]);
    await expectMended(tunnel, own[0], 1);
    await expectMended(tunnel, (await findSsh(tunnel.stage)).hops[0], 2);
    await expectWholeEnd(tunnel);
  });

  it('ends a ProxyCommand that does not end by itself', async (t) => {
    const stage = await openStage(t);
    const stubborn = join(stage.home, 'stubborn');
    await writeFile(
      stubborn,
      `#!/bin/sh\ntrap '' HUP PIPE\n${realPath('ssh')} -F ${sshd.configFile} -W "$1" bastion\nsleep 30; sleep 30\n`,
      { mode: 0o700 },
    );
    const tunnel = await openConfigured(t, sshd, echo, {
      settings: ['Match originalhost inner', `ProxyCommand ${stubborn} %h:%p`],
      args: ['--host', 'inner'],
      stage,
    });
    await expectMended(tunnel, (await findSsh(stage)).own[0], 1);
    await eventually('only one of them', async () => {
      const all = await processesOf(stage);
      return all.filter(({ argv }) => argv.includes(stubborn)).length === 1;
    });
    await expectWholeEnd(tunnel);
  });

  it('offers --identity to the jump host too', async (t) => {
    const user = `${sshd.user}@127.0.0.1:${sshd.port}`;
    const args = ['--host=127.0.0.1', `--ssh-port=${inner.port}`, `--ssh-user=${inner.user}`, '--jump', user];
    const tunnel = await openConfigured(t, sshd, echo, { args: [...args, '--identity', sshd.identity] });
    await expectWholeEnd(tunnel);
  });

  for (const [where, host, code] of [
    ['the bastion', ['--host', 'bastion-wrong-key'], 'ssh-auth-failed'],
    ['the jump host', ['--host', 'inner', '--jump', 'bastion-wrong-key'], 'ssh-auth-failed'],
    ['what is behind the jump host', ['--host', 'inner-wrong-key', '--jump', 'bastion'], 'ssh-auth-failed'],
  ] as const) {
    it(`knows why ${where} refused it, where ssh_config keeps ssh silent`, async (t) => {
      const stage = await openStage(t);
      const config = await writeSshConfig(stage, sshd, ['LogLevel QUIET']);
      const forward = `--forward=x=${await freePort()}:localhost:1`;
      const up = await stage.net(['up', '--json', `--ssh-config=${config}`, ...host, forward]);
      expect(errorOf(up)).toMatchObject({ code });
    });
  }
});
