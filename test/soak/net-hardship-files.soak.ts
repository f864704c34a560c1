import { access, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { netStore } from '../../src/state/net.ts';
import { openSufferer } from '../real/support/hardship.ts';
import { eventually, processesOf } from '../real/support/sandbox-processes.ts';
import { runtimeFiles, type Stage } from '../real/support/stage.ts';
import { startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const LOG_LIMIT_BYTES = 8_192;
const logOf = ({ state }: Stage) => join(state, 'logs', 'staging.log');

describeReal('a session whose files are taken away', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  it.concurrent.for([
    ['its log', (stage: Stage) => rm(logOf(stage))],
    ['the folder of its log', (stage: Stage) => rm(join(stage.state, 'logs'), { recursive: true })],
  ] as const)('begins another log without %s', async ([_what, take], t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    await take(sufferer.stage);
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([]);
    expect(await sufferer.logged()).toEqual(['the log was gone; it goes on here']);
    await sufferer.warnings();
    expect(await sufferer.logged()).toHaveLength(1);
    expect(await sufferer.down()).toBe('');
    expect((await sufferer.logged()).at(-1)).toBe('ended');
  });

  it.concurrent('goes on when its log may not grow, and loses no line', async (t) => {
    // Units of 512 bytes in a POSIX shell.
    const sufferer = await openSufferer(
      t,
      sshd,
      echo,
      async ({ state }) => {
        await mkdir(join(state, 'logs'), { recursive: true });
        await writeFile(join(state, 'logs', 'staging.log'), `${'x'.repeat(LOG_LIMIT_BYTES - 100)}\n`);
      },
      `ulimit -f ${LOG_LIMIT_BYTES / 512}`,
    );
    const { stage, pid } = sufferer;
    await sufferer.reconnect();
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([
      expect.stringMatching(/^the log cannot be written: EFBIG: .*; see: ls -ld /),
    ]);
    await rename(logOf(stage), `${logOf(stage)}.1`);
    expect(await sufferer.warnings()).toEqual([]);
    const log = await sufferer.logged();
    expect(log.filter((line) => line.startsWith('ready -> reconnecting'))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith('starting -> ready'))).toHaveLength(1);
    expect(await readFile(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max file size +\d/m);
    expect(await sufferer.down()).toBe('');
  });

  it.concurrent('comes back from a record that was damaged and put aside', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const file = netStore.path(stage.state);
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.slice(0, 100));
    await sufferer.carries();
    expect(await stage.net(['status'])).toMatchObject({ code: 2 });
    await rename(file, `${file}.damaged`);
    expect(await sufferer.warnings()).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(await sufferer.down()).toBe('');
  });

  it.concurrent('writes to no link in the place of its log, says so, and writes it all later', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const victim = join(stage.home, 'victim');
    await writeFile(victim, 'mine');
    const aside = `${logOf(stage)}.aside`;
    await rename(logOf(stage), aside);
    await symlink(victim, logOf(stage));
    const warning = expect.stringMatching(
      /^the log cannot be written: ELOOP: .*; see: ls -ld .*staging\.log$/,
    );
    expect(await sufferer.warnings()).toEqual([warning]);
    await sufferer.reconnect();
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([warning]);
    await rm(logOf(stage));
    await rename(aside, logOf(stage));
    expect(await sufferer.warnings()).toEqual([]);
    expect(await readFile(victim, 'utf8')).toBe('mine');
    const log = await sufferer.logged();
    expect(log.filter((line) => /^(warning|mended): /.test(line))).toHaveLength(2);
    expect(log.some((line) => line.startsWith('ready -> reconnecting'))).toBe(true);
    expect(await sufferer.down()).toBe('');
  });

  it.concurrent.for([
    ['its record', (stage: Stage) => rm(netStore.path(stage.state))],
    ['its state folder', (stage: Stage) => rm(stage.state, { recursive: true })],
  ] as const)('writes %s again', async ([_what, take], t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const records = await stage.records();
    await take(stage);
    expect(await stage.records()).toEqual([]);
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([]);
    expect(await stage.records()).toEqual(records);
    expect(await readFile(join(stage.state, '.gitignore'), 'utf8')).toBe('*\n');
    expect(await sufferer.logged()).toContain('the record was gone; it is written again');
    expect(await sufferer.down()).toBe('');
    expect(await stage.records()).toEqual([]);
    expect(await processesOf(stage)).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it.concurrent('takes no label from another session that got it meanwhile', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const text = await readFile(netStore.path(stage.state), 'utf8');
    const [{ id = '' } = {}] = await stage.records();
    await writeFile(netStore.path(stage.state), text.replaceAll(id, '0123456789abcdef'));
    const { sessions } = await stage.status();
    expect(sessions.find((session) => session.id === id)?.warnings).toEqual([
      'another session has the label staging now; hotpass net down --all ends both',
    ]);
    expect(await stage.records()).toMatchObject([{ id: '0123456789abcdef' }]);
    await sufferer.carries();
    await writeFile(netStore.path(stage.state), text);
    expect(await sufferer.warnings()).toEqual([]);
    expect(await sufferer.down()).toBe('');
  });

  it.concurrent('does not bring back a project that is gone', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    await rm(stage.project, { recursive: true });
    const here = { cwd: stage.home };
    const project = ['--state-dir', stage.state];
    const status = await stage.net(['status', ...project, '--json'], here);
    expect(JSON.parse(status.stdout)).toMatchObject({
      sessions: [
        {
          state: 'ready',
          warnings: [`the state folder is gone, or another one is there; mount or restore ${stage.state}`],
        },
      ],
    });
    await sufferer.carries();
    const down = await stage.net(['down', ...project], here);
    expect(down).toMatchObject({ code: 0, stdout: 'staging is down\n', stderr: '' });
    await expect(access(stage.project)).rejects.toThrow('ENOENT');
    await mkdir(stage.project);
  });

  it.concurrent.for([
    ['its control socket', (stage: Stage, id: string) => rm(join(stage.runtime, `${id}.sock`))],
    ['the folder of all sockets', (stage: Stage) => rm(stage.runtime, { recursive: true, maxRetries: 3 })],
  ] as const)('is asked and ended a moment after it lost %s', async ([_what, take], t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage, pid } = sufferer;
    const [{ id = '', socket = '' } = {}] = await stage.records();
    for (const _time of [1, 2]) {
      await take(stage, id);
      // Sooner than anybody looks by the clock.
      await eventually(
        'the socket',
        () =>
          access(socket).then(
            () => true,
            () => false,
          ),
        2_000,
      );
      await sufferer.carries();
      expect(
        await eventually('the word', async () =>
          (await stage.status()).sessions.find(({ state }) => state === 'ready'),
        ),
      ).toMatchObject({ pid, warnings: [] });
    }
    expect((await stat(stage.runtime)).mode & 0o777).toBe(0o700);
    expect(await sufferer.logged()).toContain('the control socket was removed; serving it again');
    expect(await sufferer.down()).toBe('');
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it.concurrent('is told as running and is ended while its sockets cannot be made', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage, pid } = sufferer;
    // Stopped meanwhile: it is quick to make it again.
    signalIfAlive(pid, 'SIGSTOP');
    await rm(stage.runtime, { recursive: true });
    await writeFile(stage.runtime, '');
    signalIfAlive(pid, 'SIGCONT');
    const status = await stage.net(['status']);
    expect(status.stdout).toContain(`background process ${pid} does not answer: `);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stderr: '' });
    expect(await processesOf(stage)).toEqual([]);
    expect(await stage.records()).toEqual([]);
    expect(await readFile(stage.runtime, 'utf8')).toBe('');
  });

  it.concurrent('opens its way again without the sockets of its ssh', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo);
    const { stage } = sufferer;
    const [{ id = '' } = {}] = await stage.records();
    await rm(join(stage.runtime, id), { recursive: true });
    await sufferer.carries();
    expect(await sufferer.warnings()).toEqual([]);
    expect(await sufferer.down()).toBe('');
  });
});
