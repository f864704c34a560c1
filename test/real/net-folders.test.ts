import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { exchange } from './support/clients.ts';
import { runProgram } from './support/run-program.ts';
import { onlyPid, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage } from './support/stage.ts';

const isRoot = process.getuid?.() === 0;
const STRANGER_UID = 65_534;

describe('the folders of a session', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());
  const upArgs = async () => directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
  const modeOf = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8);

  it.concurrent.for(['000', '077'])('are private whatever the umask is (%s)', async (umask, t) => {
    const stage = await openStage(t);
    const argv = [process.execPath, builtProgram, 'net', ...(await upArgs())];
    expect(await runProgram(['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'], argv, stage)).toMatchObject({
      code: 0,
    });
    const [session] = await stage.records();
    const modes = Object.fromEntries(
      await Promise.all(
        [
          stage.state,
          join(stage.state, '.gitignore'),
          join(stage.state, 'net.json'),
          join(stage.state, 'logs'),
          join(stage.state, 'logs', 'staging.log'),
          stage.runtime,
          session?.socket ?? '',
          join(stage.runtime, session?.id ?? ''),
          join(stage.env.XDG_STATE_HOME ?? '', 'hotpass'),
          join(stage.env.XDG_STATE_HOME ?? '', 'hotpass', 'ports.json'),
        ].map(async (path) => [path.split('/').at(-1), await modeOf(path)] as const),
      ),
    );
    expect(modes).toEqual({
      '.hotpass': '700',
      '.gitignore': '600',
      'net.json': '600',
      logs: '700',
      'staging.log': '600',
      hotpass: '700',
      [session?.socket.split('/').at(-1) ?? '']: '600',
      [session?.id ?? '']: '700',
      'ports.json': '600',
    });
    expect(await readFile(join(stage.state, '.gitignore'), 'utf8')).toBe('*\n');
  });

  it.concurrent('are hidden from git under any name that --state-dir gives a new one', async (t) => {
    const stage = await openStage(t);
    const folder = join(stage.project, 'own');
    expect(await stage.net([...(await upArgs()), '--state-dir', folder])).toMatchObject({ code: 0 });
    expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'logs', 'net.json']);
    expect(await modeOf(folder)).toBe('700');
    expect(await stage.net(['down', '--state-dir', folder])).toMatchObject({ code: 0 });
    expect((await readdir(folder)).sort()).toEqual(['.gitignore', 'logs']);
  });

  it.concurrent('keep a log that is full as an older one, as private as the new', async (t) => {
    const stage = await openStage(t);
    const logs = join(stage.state, 'logs');
    await mkdir(logs, { recursive: true, mode: 0o700 });
    await writeFile(join(logs, 'staging.log'), `${'x'.repeat(99)}\n`.repeat(10_486), { mode: 0o600 });
    await writeFile(join(logs, 'staging.log.1'), 'older\n', { mode: 0o600 });
    expect(await stage.net(await upArgs())).toMatchObject({ code: 0 });
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    expect((await readdir(logs)).sort()).toEqual(['staging.log', 'staging.log.1', 'staging.log.2']);
    expect(await readFile(join(logs, 'staging.log.2'), 'utf8')).toBe('older\n');
    expect((await stat(join(logs, 'staging.log.1'))).size).toBeGreaterThan(1024 * 1024);
    expect((await stat(join(logs, 'staging.log'))).size).toBeLessThan(10_000);
    for (const name of await readdir(logs)) expect(await modeOf(join(logs, name)), name).toBe('600');
    const shown = await stage.net(['logs', '--lines', '3']);
    expect(shown.stdout).toContain('told to stop');
  });

  it.concurrent('that lead elsewhere by a symbolic link are refused, and nothing is written there', async (t) => {
    const stage = await openStage(t);
    const elsewhere = join(stage.home, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, stage.state);
    const up = await stage.net([...(await upArgs()), '--json']);
    expect(errorOf(up)).toMatchObject({ code: 'state-unwritable', exitCode: 1 });
    expect(await readdir(elsewhere)).toEqual([]);
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('with a log that is a symbolic link are refused, and its end is not written to', async (t) => {
    const stage = await openStage(t);
    const victim = join(stage.home, 'victim');
    await writeFile(victim, 'mine');
    await mkdir(join(stage.state, 'logs'), { recursive: true, mode: 0o700 });
    await symlink(victim, join(stage.state, 'logs', 'staging.log'));
    const up = await stage.net([...(await upArgs()), '--json']);
    expect(errorOf(up)).toMatchObject({ code: 'state-unwritable', exitCode: 1 });
    expect(await readFile(victim, 'utf8')).toBe('mine');
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('of sockets that are a link are refused by up, and not asked by status', async (t) => {
    const stage = await openStage(t);
    const elsewhere = join(stage.home, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, stage.runtime);
    const up = await stage.net([...(await upArgs()), '--json']);
    expect(errorOf(up)).toMatchObject({ code: 'runtime-unsafe', exitCode: 1 });
    expect(errorOf(up).message).toBe(`${stage.runtime} is a symbolic link`);
    expect(await readdir(elsewhere)).toEqual([]);
    expect(await processesOf(stage)).toEqual([]);
    expect(await stage.net(['status'])).toMatchObject({ code: 0 });
  });

  it.runIf(isRoot)('of sockets that belong to somebody else are refused', async (t) => {
    const stage = await openStage(t);
    await mkdir(stage.runtime, { mode: 0o755 });
    await chown(stage.runtime, STRANGER_UID, STRANGER_UID);
    const up = await stage.net([...(await upArgs()), '--json']);
    expect(errorOf(up)).toMatchObject({ code: 'runtime-unsafe', exitCode: 1 });
    expect(errorOf(up).message).toContain(`belongs to user ${STRANGER_UID}, not to 0`);
    expect(await processesOf(stage)).toEqual([]);
    expect(await readdir(stage.runtime)).toEqual([]);
  });

  it.concurrent('that take no files refuse up before anything is started, and keep no session from its end', async (t) => {
    const stage = await openStage(t);
    const user = await ordinaryUser(stage.root);
    const net = (args: readonly string[]) =>
      runProgram(user, [process.execPath, builtProgram, 'net', ...args], stage);
    const args = await upArgs();
    const close = await closeFolder(stage.project);
    expect((await runProgram(user, ['touch', join(stage.project, 'x')], stage)).code).toBe(1);
    const refused = await net([...args, '--json']);
    expect(errorOf(refused)).toMatchObject({ code: 'state-unwritable', exitCode: 1 });
    expect(await processesOf(stage)).toEqual([]);
    await close.open();

    const port = await freePort();
    const up = await net(directly(`echo=${port}:127.0.0.1:${echo.port}`));
    expect(up).toMatchObject({ code: 0 });
    const closed = await closeFolder(stage.state, join(stage.state, 'logs'));
    expect((await runProgram(user, ['touch', join(stage.state, 'x')], stage)).code).toBe(1);
    expect(await exchange(port, 'goes on')).toMatchObject({ outcome: 'ended' });
    expect(await net(['status'])).toMatchObject({ code: 0 });
    const supervisor = await onlyPid(stage, 'supervisor');

    const down = await net(['down']);
    expect(down).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(down.stderr).toMatch(/^warning: the record of staging stays: .*EACCES/m);
    expect(await processesOf(stage)).toEqual([]);
    const status = await net(['status']);
    expect(status.stdout).toContain(`background process ${supervisor} is gone`);
    await closed.open();
    expect(await net(['down'])).toMatchObject({ code: 0, stdout: 'staging was dead; cleared\n' });
  });
});

/** What to put before a command so that rights count: root may write everywhere, so another user is taken then. */
async function ordinaryUser(root: string): Promise<readonly string[]> {
  if (!isRoot) return [];
  const { execFileSync } = await import('node:child_process');
  execFileSync('chown', ['-R', `${STRANGER_UID}:${STRANGER_UID}`, root]);
  return ['setpriv', `--reuid=${STRANGER_UID}`, `--regid=${STRANGER_UID}`, '--clear-groups'];
}

async function closeFolder(...folders: readonly string[]): Promise<{ open(): Promise<void> }> {
  for (const folder of folders) await chmod(folder, 0o500);
  return {
    async open() {
      for (const folder of folders) await chmod(folder, 0o700);
    },
  };
}
