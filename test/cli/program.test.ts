import { execFile, spawn } from 'node:child_process';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { builtProgram, createSandbox, hotpass, type Sandbox } from '../support/hotpass.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await createSandbox();
});
afterEach(() => sandbox.remove());

it('prints its version', async () => {
  const ended = await hotpass(['--version']);
  expect(ended).toEqual({
    code: 0,
    signal: null,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

it('runs as an executable file, as npm links it', async () => {
  const { stdout } = await promisify(execFile)(builtProgram, ['--version'], { env: sandbox.env });
  expect(stdout).toMatch(/^\d/);
});

it('refuses a wrong word with 2, on the stream that --json asks for', async () => {
  expect(await sandbox.hotpass(['complection'])).toEqual({
    code: 2,
    signal: null,
    stdout: '',
    stderr:
      'error: unknown verb "complection"; did you mean "completion"?  [usage]\n  next    hotpass --help\n',
  });
  const json = await sandbox.hotpass(['complection', '--json']);
  expect({ ...json, stdout: JSON.parse(json.stdout) }).toMatchObject({
    code: 2,
    stdout: { error: { code: 'usage', exitCode: 2 } },
    stderr: '',
  });
});

it('leaves nothing in the project, home or state folder when it only answers', async () => {
  for (const args of [['--help'], ['completion', 'bash'], ['nonsense']]) await sandbox.hotpass(args);
  for (const folder of [sandbox.project, sandbox.home, `${sandbox.env.XDG_STATE_HOME}`])
    expect(await readdir(folder)).toEqual([]);
});

it('ends quietly with 0 when nobody reads its answer', async () => {
  expect(await runUnread('--help')).toEqual({ code: 0, stderr: '' });
});

it('keeps the code of a failure that nobody reads', async () => {
  expect(await runUnread('nonsense', '--json')).toEqual({ code: 2, stderr: '' });
});

/** Closes the reading end of stdout before the program writes. */
async function runUnread(...args: string[]) {
  const child = sandbox.start(args);
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, stderr };
}

it.runIf(process.platform === 'linux')(
  'does not call an answer given that the disk had no room for',
  async () => {
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [builtProgram, '--help'], {
      env: sandbox.env,
      stdio: ['ignore', full.fd, 'pipe'],
    });
    let stderr = '';
    child.stderr?.on('data', (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    await full.close();
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('[output-failed]') });
  },
);

it('answers --help in a folder that does not exist any more', async () => {
  const gone = join(sandbox.root, 'gone');
  await mkdir(gone);
  // The shell deletes its own folder, then becomes hotpass.
  const script = 'rmdir "$PWD" && exec "$@"';
  const { stdout } = await promisify(execFile)(
    '/bin/sh',
    ['-c', script, 'sh', process.execPath, builtProgram, '--help'],
    {
      cwd: gone,
      env: sandbox.env,
    },
  );
  expect(stdout).toContain('Usage: hotpass');
  await rm(gone, { recursive: true, force: true });
});

it('prints colours only where they were asked for', async () => {
  const plain = await sandbox.hotpass(['nonsense']);
  const forced = await sandbox.hotpass(['nonsense'], { env: { FORCE_COLOR: '1' } });
  const refused = await sandbox.hotpass(['nonsense', '--no-color'], { env: { FORCE_COLOR: '1' } });
  expect(plain.stderr).not.toContain('\u001b');
  expect(forced.stderr).toContain('\u001b[31merror:\u001b[39m');
  expect(refused.stderr).toEqual(plain.stderr);
});
