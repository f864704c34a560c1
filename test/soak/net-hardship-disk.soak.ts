import { execFile } from 'node:child_process';
import { appendFile, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { fillDisk, isRoot, mountFor, mountSmallDisk, openSufferer } from '../real/support/hardship.ts';
import { eventually, onlyPid, processesOf } from '../real/support/sandbox-processes.ts';
import { directly, errorOf, runtimeFiles } from '../real/support/stage.ts';
import { startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const run = promisify(execFile);
const BLOCK_BYTES = 4_096;
const SIDE_BY_SIDE = { concurrent: true };

describeReal('a session and its disks', ['sshd', 'ssh', 'mount'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  const onSmallDisk = (t: TestContext) =>
    openSufferer(t, sshd, echo, async ({ state }) => {
      await mkdir(state, { mode: 0o700 });
      await mountSmallDisk(t, state);
    });

  it.runIf(isRoot)(
    'goes on when its state folder is full, says so, and forgets nothing',
    SIDE_BY_SIDE,
    async (t) => {
      const sufferer = await onSmallDisk(t);
      const { stage } = sufferer;
      const filler = await fillDisk(stage.state);
      // The last block of the log has room for some lines more.
      const file = join(stage.state, 'logs', 'staging.log');
      const used = (await stat(file)).size % BLOCK_BYTES;
      await appendFile(file, `${'x'.repeat(BLOCK_BYTES - 1 - used)}\n`);
      const full = `the log cannot be written: no space is left on its disk; see: df -h ${stage.state}/logs`;
      expect(await sufferer.warnings()).toEqual([full]);
      await sufferer.reconnect();
      await sufferer.carries();
      expect(await sufferer.warnings()).toEqual([full]);
      expect((await stage.net(['status'])).stdout).toContain('  warning: the log cannot be written: ');
      expect((await sufferer.logged()).filter((line) => line.startsWith('warning'))).toEqual([]);

      await rm(filler);
      expect(await sufferer.warnings()).toEqual([]);
      const log = await sufferer.logged();
      expect(log.filter((line) => /^(warning|mended)/.test(line))).toEqual([
        `warning: ${full}`,
        `mended: ${full}`,
      ]);
      expect(log.filter((line) => line.startsWith('ready -> reconnecting'))).toHaveLength(1);
      expect(await sufferer.down()).toBe('');
      expect((await readdir(stage.state)).sort()).toEqual(['.gitignore', 'logs']);
    },
  );

  it.runIf(isRoot)('is ended on a full disk, and starts no other there', SIDE_BY_SIDE, async (t) => {
    const sufferer = await onSmallDisk(t);
    const { stage } = sufferer;
    const filler = await fillDisk(stage.state);
    const other = await stage.net([
      'up',
      '--via',
      'direct',
      '--forward',
      `x=127.0.0.1:${echo.port}`,
      '--label',
      'other',
      '--json',
    ]);
    expect(errorOf(other)).toMatchObject({ code: 'state-unwritable', exitCode: 1 });
    expect(await onlyPid(stage, 'supervisor')).toBe(sufferer.pid);
    expect(await sufferer.down()).toMatch(/^(warning: the record of staging stays: .*ENOSPC.*\n)?$/);
    expect(await processesOf(stage)).toEqual([]);
    await rm(filler);
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    expect(await stage.records()).toEqual([]);
  });

  it.runIf(isRoot)('goes on when its state folder is read-only, and is ended', SIDE_BY_SIDE, async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    await mountFor(t, '--bind', stage.state, stage.state);
    await run('mount', ['-o', 'remount,bind,ro', stage.state]);
    await expect(writeFile(join(stage.state, 'probe'), '')).rejects.toThrow('EROFS');
    expect(await sufferer.warnings()).toEqual([
      `the log cannot be written: its disk is read-only; see: findmnt -T ${stage.state}/logs`,
    ]);
    await sufferer.carries();
    await run('mount', ['-o', 'remount,bind,rw', stage.state]);
    expect(await sufferer.warnings()).toEqual([]);
    await run('mount', ['-o', 'remount,bind,ro', stage.state]);
    expect(await sufferer.down()).toMatch(/^warning: the record of staging stays: .*EROFS/m);
    expect(await processesOf(stage)).toEqual([]);
    await run('mount', ['-o', 'remount,bind,rw', stage.state]);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging was dead; cleared\n' });
    expect(await sufferer.logged()).toContain('starting -> ready');
  });

  it.runIf(isRoot)(
    'goes on when the disk of its state is unmounted, and writes nothing below it',
    SIDE_BY_SIDE,
    async (t) => {
      let disk = '';
      let unmount = async () => {};
      const sufferer = await openSufferer(t, sshd, echo, async ({ state, home }) => {
        disk = join(home, 'disk');
        await Promise.all([mkdir(disk), mkdir(state)]);
        await mountSmallDisk(t, disk);
        unmount = await mountFor(t, '--bind', disk, state);
      });
      const { stage } = sufferer;
      await unmount();
      expect(await sufferer.warnings()).toEqual([
        `the state folder is gone, or another one is there; mount or restore ${stage.state}`,
      ]);
      await sufferer.carries();
      await sufferer.reconnect();
      await sufferer.carries();
      expect(await readdir(stage.state)).toEqual([]);

      unmount = await mountFor(t, '--bind', disk, stage.state);
      expect(await sufferer.warnings()).toEqual([]);
      expect(await stage.records()).toMatchObject([{ label: 'staging' }]);
      expect((await sufferer.logged()).some((line) => line.startsWith('ready -> reconnecting'))).toBe(true);
      await unmount();
      expect(await sufferer.down()).toBe('');
      expect(await readdir(stage.state)).toEqual([]);
    },
  );

  it.runIf(isRoot)(
    'says why it cannot reconnect when the disk of its sockets is read-only, and reconnects afterwards',
    SIDE_BY_SIDE,
    async (t) => {
      const sufferer = await openSufferer(t, sshd, echo);
      const { stage } = sufferer;
      await mountFor(t, '--bind', stage.runtime, stage.runtime);
      await run('mount', ['-o', 'remount,bind,ro', stage.runtime]);
      await sufferer.carries();
      expect(await sufferer.warnings()).toEqual([]);
      signalIfAlive(await onlyPid(stage, 'ssh'), 'SIGKILL');
      const lost = await eventually('the reason', async () => {
        const [session] = (await stage.status()).sessions;
        return session?.state === 'reconnecting' && session.reason?.includes('EROFS') && session;
      });
      expect(lost).toMatchObject({ code: 'state-unwritable' });
      const other = await stage.net([
        ...directly(`x=127.0.0.1:${echo.port}`),
        ...['--label', 'other', '--json'],
      ]);
      expect(errorOf(other)).toMatchObject({
        code: 'state-unwritable',
        message: expect.stringContaining('EROFS'),
      });
      await run('mount', ['-o', 'remount,bind,rw', stage.runtime]);
      await sufferer.carries();

      await run('mount', ['-o', 'remount,bind,ro', stage.runtime]);
      const down = await stage.net(['down', '--json']);
      expect(errorOf(down)).toMatchObject({
        code: 'stop-incomplete',
        message: expect.stringContaining('has left files'),
      });
      expect(await processesOf(stage)).toEqual([]);
      expect(await stage.records()).toEqual([]);
      await run('mount', ['-o', 'remount,bind,rw', stage.runtime]);
      const [, command = ''] = /: (rm -r .*)$/.exec(String(Reflect.get(errorOf(down), 'hint'))) ?? [];
      await run('sh', ['-c', command]);
      expect(await runtimeFiles(stage)).toEqual([]);
    },
  );

  it.runIf(isRoot)('goes on and is ended when the disk of the user is full', SIDE_BY_SIDE, async (t) => {
    const sufferer = await openSufferer(t, sshd, echo, async ({ env }) => {
      await mountSmallDisk(t, env.XDG_STATE_HOME ?? '');
    });
    const { stage } = sufferer;
    await fillDisk(stage.env.XDG_STATE_HOME ?? '');
    expect(await sufferer.warnings()).toEqual([]);
    await sufferer.carries();
    const other = await stage.net([
      'up',
      '--via',
      'direct',
      '--forward',
      `x=127.0.0.1:${echo.port}`,
      '--label',
      'other',
      '--json',
    ]);
    expect(errorOf(other)).toMatchObject({ code: 'state-unwritable', exitCode: 1 });
    expect(await sufferer.down()).toBe('');
    expect(await stage.records()).toEqual([]);
  });
});
