import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { execDirectly, hotpassArgv, type Running, startRunning } from '../real/support/borrowing.ts';
import { runProgram } from '../real/support/run-program.ts';
import { pidsOf, processesOf } from '../real/support/sandbox-processes.ts';
import { openStage, runtimeFiles, throughSsh } from '../real/support/stage.ts';
import { openView, testInView } from '../real/support/views.ts';
import { testWith } from '../state/support/needs.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { descendantsOf, signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('net exec works', ['sshd', 'ssh', 'unshare', 'nsenter'], () => {
  let echo: TestServer;
  let sshd: Sshd;
  beforeAll(async () => {
    [echo, sshd] = await Promise.all([startEcho(), startSshd()]);
  });
  afterAll(async () => {
    await Promise.all([echo?.close(), sshd?.stop()]);
  });

  const sshExec = async (...command: string[]) => {
    const [, ...options] = throughSsh(sshd, `echo=${await freePort()}:127.0.0.1:${echo.port}`);
    return hotpassArgv('net', 'exec', ...options, '--', ...command);
  };
  const directExec = async (...command: string[]) =>
    hotpassArgv('net', ...execDirectly(`echo=${await freePort()}:127.0.0.1:${echo.port}`), ...command);

  testInView('mount')('with no environment at all', async (t) => {
    const stage = await openStage(t);
    // Who has no HOME has the one of the user database: for this process, that is the home of the stage.
    const uid = process.getuid?.() ?? 0;
    const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => {
      const fields = line.split(':');
      return fields[2] === `${uid}` || fields[2] === '0' ? fields.with(5, stage.home).join(':') : line;
    });
    await writeFile(join(stage.root, 'passwd'), users.join('\n'));
    // Nor has it a runtime folder: it takes one below /tmp, which is another one in here.
    const [runtime, own] = [join('/tmp', `hotpass-${uid}`), join(stage.root, 'x')];
    await mkdir(own, { mode: 0o700 });
    const made = await mkdir(runtime, { recursive: true, mode: 0o700 });
    t.onTestFinished(async () => {
      if (made !== undefined) await rmdir(made).catch(() => undefined);
    });
    const view = await openView(
      {
        namespaces: ['mount'],
        setup: `mount --bind ${stage.root}/passwd /etc/passwd; mount --bind ${own} ${runtime}`,
      },
      t,
    );
    const argv = await sshExec('/usr/bin/env');
    const ended = await runProgram([...view.enter, stage.project, 'env', '-i'], argv, stage);
    expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
    expect(ended.stdout).toMatch(/^HOTPASS_ECHO_URL=/m);
    // A shell in between may set these for itself; nothing of ours is added beside what is promised.
    const names = ended.stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !name?.startsWith('HOTPASS_') && name !== 'PWD')).toEqual([]);
    expect(await readdir(stage.home)).toContain('.local');
    expect(await readdir(own)).toEqual([]);
    expect(await stage.records()).toEqual([]);
  });

  testInView('pid', 'mount')(
    'as the first process of a container, where signals that nobody handles are ignored',
    async (t) => {
      const stage = await openStage(t);
      const exec = await sshExec(
        'sh',
        '-c',
        'trap "echo ended; exit 7" TERM; echo "parent $PPID"; while :; do sleep 0.1; done',
      );
      const container = startRunning(['unshare', '--pid', '--fork', '--mount-proc', ...exec], stage);
      await container.says('parent 1');
      signalIfAlive(await firstOf(container), 'SIGTERM');
      const ended = await container.end;
      expect(ended).toMatchObject({ code: 7, stdout: expect.stringContaining('ended') });
      expect(await processesOf(stage)).toEqual([]);
      expect(await stage.records()).toEqual([]);
      expect(await runtimeFiles(stage)).toEqual([]);
    },
  );

  testInView('pid', 'mount')(
    'as the first process, and leaves nothing when it is told to end while opening',
    async (t) => {
      const stage = await openStage(t);
      const exec = hotpassArgv(
        'net',
        ...execDirectly('web=127.0.0.1:1').slice(0, -1),
        '--timeout',
        '30s',
        '--',
        'true',
      );
      const container = startRunning(['unshare', '--pid', '--fork', '--mount-proc', ...exec], stage);
      await expect.poll(() => pidsOf(stage, 'supervisor'), { timeout: 20_000 }).toHaveLength(1);
      await expect.poll(() => stage.records(), { timeout: 20_000 }).toHaveLength(1);
      signalIfAlive(await firstOf(container), 'SIGTERM');
      expect(await container.end).toMatchObject({ code: 125 });
      expect(await processesOf(stage)).toEqual([]);
      expect(await stage.records()).toEqual([]);
    },
  );

  const OTHER_USER = ['setpriv', '--reuid', '54321', '--clear-groups'] as const;
  testWith('the right to be another user', [...OTHER_USER, process.execPath, '--version'])(
    'not for a user that nobody knows and that has no home, and says what is missing',
    async (t) => {
      const stage = await openStage(t);
      const dist = await mkdtemp(join(tmpdir(), 'hpd-'));
      t.onTestFinished(() => rm(dist, { recursive: true, force: true }));
      await cp(dirname(builtProgram), dist, { recursive: true });
      await chmod(dist, 0o755);
      const argv = [
        process.execPath,
        join(dist, 'bin.js'),
        'net',
        ...execDirectly('web=127.0.0.1:1'),
        'true',
      ];
      const ended = await runProgram(['env', '-C', '/', ...OTHER_USER, 'env', '-i'], argv, stage);
      expect(ended).toMatchObject({ code: 125, stdout: '' });
      expect(ended.stderr).toMatch(/^error: .*\[state-unwritable\]\n/);
    },
  );

  it.concurrent.for([
    ['stdin closed', '0<&-'],
    ['stdout closed', '1>&-'],
    ['stderr closed', '2>&-'],
    ['all three closed', '0<&- 1>&- 2>&-'],
  ] as const)('with %s', async ([, closed], t) => {
    const stage = await openStage(t);
    const exec = await directExec('sh', '-c', 'echo said; echo ran > ran');
    const ended = await runProgram(['sh', '-c', `exec "$@" ${closed}`, 'sh'], exec, stage);
    expect(ended.code).toBe(0);
    expect(await readFile(join(stage.project, 'ran'), 'utf8')).toBe('ran\n');
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('in front of a reader that goes away: the command hears of it', async (t) => {
    const stage = await openStage(t);
    const exec = await directExec('yes');
    const pipe = '"$@" | head -n 1; echo "code $PIPESTATUS"';
    const ended = await runProgram(['bash', '-c', pipe, 'bash'], exec, stage);
    expect(ended).toMatchObject({ code: 0, stdout: 'y\ncode 141\n', stderr: '' });
  });

  it.concurrent('with further files that the caller has opened', async (t) => {
    const stage = await openStage(t);
    const exec = await directExec('cat');
    const ended = await runProgram(['bash', '-c', '"$@" <(echo through a pipe)', 'bash'], exec, stage);
    expect(ended).toMatchObject({ code: 0, stdout: 'through a pipe\n', stderr: '' });
  });

  it.concurrent('not in a folder that was deleted, and says so', async (t) => {
    const stage = await openStage(t);
    const exec = await directExec('echo', 'ran');
    const ended = await runProgram(['sh', '-c', 'mkdir d; cd d; rmdir ../d; exec "$@"', 'sh'], exec, stage);
    expect(ended).toMatchObject({ code: 125, stdout: '', stderr: expect.stringContaining('[cwd-missing]') });
  });
});

/** The first process of a namespace that unshare made, as it is called outside. */
async function firstOf({ child }: Running): Promise<number> {
  const [first] = await descendantsOf(child.pid ?? 0);
  if (first === undefined) throw new Error('unshare has no child');
  return first;
}
