import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

import { isStatus, type SessionStatus } from '../../../src/ops/net/status.ts';
import { netStore, type Session } from '../../../src/state/net.ts';
import { createSandbox, type Ended, type RunHotpass, type Sandbox } from '../../support/hotpass.ts';
import { signalIfAlive, waitUntilGone } from '../../support/processes.ts';
import type { Sshd } from '../../support/sshd.ts';
import { processesOf } from './sandbox-processes.ts';

/** A sandbox with shorthands for the net verbs. It ends with its test, which fails if anything of it still runs. */
export interface Stage extends Sandbox {
  /** The state folder of the project. */
  readonly state: string;
  /** Folder of the sockets. */
  readonly runtime: string;
  net(args: readonly string[], options?: RunHotpass): Promise<Ended>;
  /** `net status --json`, parsed. */
  status(args?: readonly string[]): Promise<{ code: number | null; sessions: readonly SessionStatus[] }>;
  /** The records of net.json. */
  records(): Promise<readonly Session[]>;
}

/** Opens a stage for the running test; one of several that run side by side must say which it is. */
export async function openStage(
  test: Pick<TestContext, 'onTestFinished'> = { onTestFinished },
): Promise<Stage> {
  const sandbox = await createSandbox();
  const state = join(sandbox.project, '.hotpass');
  const runtime = join(sandbox.env.XDG_RUNTIME_DIR ?? '', 'hotpass');
  const net = (args: readonly string[], options?: RunHotpass) => sandbox.hotpass(['net', ...args], options);
  const stage: Stage = {
    ...sandbox,
    state,
    runtime,
    net,
    async status(args = []) {
      const { code, stdout } = await net(['status', '--json', ...args]);
      return { code, sessions: parseSessions(stdout) };
    },
    records: async () => (await netStore.read(state)).sessions,
  };
  test.onTestFinished(() => closeStage(stage));
  return stage;
}

/** The arguments of a `net up` through a real sshd; the local port is the caller's. */
export function throughSsh(sshd: Sshd, ...forwards: readonly string[]): string[] {
  return [
    'up',
    '--ssh-config',
    sshd.configFile,
    '--host',
    sshd.alias,
    ...forwards.flatMap((forward) => ['--forward', forward]),
  ];
}

/** The arguments of a `net up` that connects directly, for what has nothing to do with ssh. */
export function directly(...forwards: readonly string[]): string[] {
  return ['up', '--via', 'direct', ...forwards.flatMap((forward) => ['--forward', forward])];
}

/** Reads the `code` of the error that `--json` printed. */
export function errorOf({ stdout }: Ended): { code?: unknown; message?: unknown; details?: unknown } {
  const value: unknown = JSON.parse(stdout);
  if (typeof value !== 'object' || value === null || !('error' in value)) return {};
  return typeof value.error === 'object' && value.error !== null ? value.error : {};
}

/** The files of the runtime folder; none when there is no folder. */
export async function runtimeFiles(stage: Stage): Promise<readonly string[]> {
  return readdir(stage.runtime).catch(() => []);
}

/** What a test left up is closed by the program itself; what then still runs is a fault of the program. */
async function closeStage(stage: Stage): Promise<void> {
  const isClean = (await processesOf(stage)).length === 0 && (await runtimeFiles(stage)).length === 0;
  if (!isClean) await stage.net(['down', '--all']);
  const left = await processesOf(stage);
  for (const { pid } of left) signalIfAlive(pid, 'SIGKILL');
  await Promise.all(left.map(({ pid }) => waitUntilGone(pid)));
  const files = await runtimeFiles(stage);
  await stage.remove();
  const told = left.map(({ pid, kind, argv }) => `${kind} ${pid}: ${argv.join(' ')}`);
  if (left.length > 0) throw new Error(`still there after the test: ${told.join('; ')}`);
  if (files.length > 0) throw new Error(`left in the runtime folder: ${files.join(', ')}`);
}

function parseSessions(stdout: string): readonly SessionStatus[] {
  const value: unknown = JSON.parse(stdout);
  const isList = typeof value === 'object' && value !== null && 'sessions' in value;
  if (!isList || !Array.isArray(value.sessions)) throw new Error(`no list of sessions: ${stdout}`);
  return value.sessions.filter(isStatus);
}
