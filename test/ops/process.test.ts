import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HotpassError } from '../../src/errors.ts';
import { createProcesses, findProgram } from '../../src/ops/process.ts';
import type { StartOptions } from '../../src/system.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';

const { run, start } = createProcesses(process.platform);
const env = { PATH: process.env.PATH };

/** Runs a piece of shell as a long program; gives its lines and its end. */
async function play(script: string, options: Partial<StartOptions> = {}) {
  const lines: string[] = [];
  const child = await start(['sh', '-c', script], {
    env,
    cwd: tmpdir(),
    onLine: (line) => lines.push(line),
    ...options,
  });
  const end = await child.exited;
  return { lines, ...end };
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('run', () => {
  it('gives output and exit code, and does not throw for a failure', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('feeds input, and runs where it is told, with the environment that it is told', async () => {
    const told = await run(['sh', '-c', 'cat; pwd; echo $ONLY'], {
      env: { ...env, ONLY: 'this' },
      cwd: '/',
      input: 'in\n',
    });
    expect(told.stdout).toBe('in\n/\nthis\n');
  });

  it('takes words as they are: no shell reads them', async () => {
    expect((await run(['echo', '$(id)', ';', '*'])).stdout).toBe('$(id) ; *\n');
  });

  it('ends a program that takes too long, and one that nobody waits for any more', async () => {
    expect((await run(['sleep', '60'], { timeoutMs: 50 })).exitCode).toBeNull();
    expect((await run(['sleep', '60'], { signal: AbortSignal.timeout(50) })).exitCode).toBeNull();
  });

  it('names a program that is not installed', async () => {
    expect(await thrownBy(run(['no-such-program']))).toMatchObject({
      code: 'program-missing',
      message: 'no-such-program is not installed, or not on PATH',
    });
  });
});

describe('start', () => {
  it('gives away every line of stderr before the end, also one without a newline', async () => {
    const { lines, exitCode } = await play('echo one >&2; echo >&2; printf "two\\r\\nthree" >&2; exit 4');
    expect({ lines, exitCode }).toEqual({ lines: ['one', 'two', 'three'], exitCode: 4 });
  });

  it('gives away all that was said, however much, before the end', async () => {
    const { lines } = await play('i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done');
    expect(lines).toHaveLength(3000);
    expect(lines.at(-1)).toBe('line 2999');
  });

  it('gives away stdout apart, and all of it before the end', async () => {
    const stdout: string[] = [];
    const { lines } = await play('echo out; echo err >&2; printf rest', {
      onOutput: (line) => stdout.push(line),
    });
    expect({ lines, stdout }).toEqual({ lines: ['err'], stdout: ['out', 'rest'] });
  });

  it('tells the end although a grandchild keeps stderr open', async () => {
    const lines: string[] = [];
    const child = await start(['sh', '-c', 'sleep 60 & echo $! >&2'], {
      env,
      cwd: tmpdir(),
      onLine: (line) => lines.push(line),
    });
    const end = await child.exited;
    signalIfAlive(Number(lines[0]), 'SIGKILL');
    expect(end).toEqual({ exitCode: 0, signal: null });
  });

  it('tells the signal that ended it, and kills once only', async () => {
    const child = await start(['sleep', '60'], { env, cwd: tmpdir() });
    expect(child.kill('SIGKILL')).toBe(true);
    expect(await child.exited).toEqual({ exitCode: null, signal: 'SIGKILL' });
    expect(child.kill('SIGKILL')).toBe(false);
  });

  it.runIf(process.platform === 'linux')('tells whether the child is stopped', async () => {
    const child = await start(['sleep', '60'], { env, cwd: tmpdir() });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(child.isStopped()).toBe(false);
    child.kill('SIGSTOP');
    await vi.waitFor(() => expect(child.isStopped()).toBe(true));
    child.kill('SIGCONT');
    await vi.waitFor(() => expect(child.isStopped()).toBe(false));
    child.kill('SIGKILL');
    await child.exited;
    expect(child.isStopped()).toBe(false);
  });

  it('keeps no more than a piece of a line that never ends', async () => {
    const { lines } = await play('head -c 100000 /dev/zero | tr "\\0" x >&2');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.length).toBeLessThanOrEqual(8_192);
  });

  it('inherits nothing of the environment', async () => {
    const { lines } = await play('echo "$HOME,$ONLY" >&2', { env: { ...env, ONLY: 'this' } });
    expect(lines).toEqual([',this']);
  });

  it('names a program that is not installed', async () => {
    const error = await thrownBy(start(['no-such-program'], { env, cwd: tmpdir() }));
    expect(error).toBeInstanceOf(HotpassError);
    expect(error).toMatchObject({ code: 'program-missing' });
  });

  it.runIf(process.platform === 'linux')('lets the child end with a parent that is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hp-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const script = join(folder, 'parent.mjs');
    await writeFile(
      script,
      `import { spawn } from 'node:child_process';
       const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'sleep', '60'], { stdio: 'ignore' });
       child.once('spawn', () => { process.stderr.write(child.pid + '\\n'); setInterval(() => {}, 1000); });`,
    );
    let told: (pid: number) => void = () => undefined;
    const grandchild = new Promise<number>((resolve) => {
      told = resolve;
    });
    const child = await start([process.execPath, script], {
      env,
      cwd: tmpdir(),
      onLine: (line) => told(Number(line)),
    });
    const pid = await grandchild;
    child.kill('SIGKILL');
    await waitUntilGone(pid);
  });
});

describe('findProgram', () => {
  it('looks on the PATH that it is given, in order, for what can be run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hp-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'sh'), '', { mode: 0o755 });
    await writeFile(join(folder, 'plain'), '', { mode: 0o644 });
    expect(findProgram('sh', `/nowhere::${folder}:/bin`)).toBe(join(folder, 'sh'));
    expect(findProgram('plain', folder)).toBeUndefined();
    expect(findProgram('sh', '/nowhere')).toBeUndefined();
    expect(findProgram(join(folder, 'sh'), '')).toBe(join(folder, 'sh'));
    expect(findProgram('sh', undefined)).toMatch(/\/sh$/);
  });
});
