import { execFile } from 'node:child_process';
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, type TestContext } from 'vitest';
import { builtProgram } from '../../support/hotpass.ts';
import { freePort, type TestServer } from '../../support/ports.ts';
import { signalIfAlive } from '../../support/processes.ts';
import type { Sshd } from '../../support/sshd.ts';
import { exchange } from './clients.ts';
import { runProgram } from './run-program.ts';
import { eventually, onlyPid, pidsOf } from './sandbox-processes.ts';
import { openStage, type Stage, throughSsh } from './stage.ts';

/** One that loses its ssh again and again waits up to 30 s before a try. */
const LONGEST_PAUSE_MS = 45_000;
const run = promisify(execFile);

/** Mounting is for root alone; the suites that do it say so in their names. */
export const isRoot = process.getuid?.() === 0;

/** A session through a real ssh, made to suffer. */
export interface Sufferer {
  readonly stage: Stage;
  readonly port: number;
  readonly pid: number;
  /** Fails unless a new client gets its bytes back. */
  carries(): Promise<void>;
  /** Kills its ssh and waits for the next one. */
  reconnect(): Promise<void>;
  /** The warnings of the session, which must be ready all the same. */
  warnings(): Promise<readonly string[]>;
  /** What stands in the log, without the times. */
  logged(): Promise<readonly string[]>;
  /** Ends it, and fails when something of it stays. */
  down(): Promise<string>;
}

/**
 * Opens a session on a stage through a real sshd. The stage may be prepared, and the program be started by a shell that
 * does something first (`ulimit -n 64`).
 */
export async function openSufferer(
  test: Pick<TestContext, 'onTestFinished'>,
  sshd: Sshd,
  echo: TestServer,
  prepare: (stage: Stage) => Promise<unknown> = async () => {},
  shell?: string,
): Promise<Sufferer> {
  const stage = await openStage(test);
  await prepare(stage);
  const port = await freePort();
  const args = ['net', ...throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`), '--json'];
  const up =
    shell === undefined
      ? await stage.hotpass(args)
      : await runProgram(
          ['sh', '-c', `${shell} && exec "$@"`, 'sh'],
          [process.execPath, builtProgram, ...args],
          stage,
        );
  expect(up).toMatchObject({ code: 0 });
  const [{ pid } = { pid: 0 }] = (await stage.status()).sessions;
  const sufferer: Sufferer = {
    stage,
    port,
    pid,
    async carries() {
      const { outcome, received } = await exchange(port, 'goes on');
      expect({ outcome, received: received.toString() }).toEqual({ outcome: 'ended', received: 'goes on' });
    },
    async reconnect() {
      const ssh = await onlyPid(stage, 'ssh');
      signalIfAlive(ssh, 'SIGKILL');
      const another = async () => {
        const pids = await pidsOf(stage, 'ssh');
        return pids.length > 0 && !pids.includes(ssh);
      };
      await eventually('another ssh', another, LONGEST_PAUSE_MS);
    },
    async warnings() {
      const { code, sessions } = await stage.status();
      expect(sessions).toMatchObject([{ label: 'staging', state: 'ready', pid }]);
      expect(code).toBe(0);
      return sessions[0]?.warnings ?? [];
    },
    async logged() {
      const { code, stdout, stderr } = await stage.net(['logs', '--json', '--lines', '1000']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines: unknown = JSON.parse(stdout);
      return Array.isArray(lines) ? lines.map(({ text }) => String(text)) : [];
    },
    async down() {
      const { code, stdout, stderr } = await stage.net(['down']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^staging is down\b/) });
      return stderr;
    },
  };
  expect(await sufferer.warnings()).toEqual([]);
  await sufferer.carries();
  return sufferer;
}

/** Mounts something for one test; `options` are those of mount(8). */
export async function mountFor(
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
  ...options: readonly string[]
): Promise<() => Promise<void>> {
  await run('mount', [...options]);
  const folder = options.at(-1) ?? '';
  let isMounted = true;
  const unmount = async () => {
    if (!isMounted) return;
    isMounted = false;
    await run('umount', ['--lazy', folder]);
  };
  test.onTestFinished(unmount);
  return unmount;
}

/** Mounts a disk of some KiB in memory. */
export function mountSmallDisk(
  test: Pick<TestContext, 'onTestFinished'>,
  folder: string,
  options = 'size=64k',
): Promise<() => Promise<void>> {
  return mountFor(test, '-t', 'tmpfs', '-o', `mode=0700,${options}`, 'none', folder);
}

/** Writes until nothing fits any more; gives the file that is in the way. */
export async function fillDisk(folder: string): Promise<string> {
  const file = join(folder, 'filler');
  for (const size of [65_536, 4_096, 1]) {
    for (;;) {
      const full = await appendFile(file, 'x'.repeat(size)).then(
        () => false,
        () => true,
      );
      if (full) break;
    }
  }
  await expect(appendFile(join(folder, 'probe'), 'x')).rejects.toThrow('ENOSPC');
  await rm(join(folder, 'probe'));
  return file;
}
