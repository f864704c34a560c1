import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { freePort, type TestServer } from '../../support/ports.ts';
import { signalIfAlive } from '../../support/processes.ts';
import type { Sshd } from '../../support/sshd.ts';
import { exchange } from './clients.ts';
import { eventually, processesOf } from './sandbox-processes.ts';
import { openStage, type Stage } from './stage.ts';

/** What a test says of the tunnel that it wants. */
export interface WantTunnel {
  /** Lines of ssh_config for every host, behind those that lead to the test's servers; ROOT is the sandbox. */
  readonly settings?: readonly string[];
  /** Default: `--host bastion`. */
  readonly args?: readonly string[];
  /** Default: one of its own. */
  readonly stage?: Stage;
}

/** A session under an ssh_config of its own. */
export interface ConfiguredTunnel {
  readonly stage: Stage;
  readonly port: number;
  readonly configFile: string;
  /** What `net up` said. */
  readonly up: { readonly stdout: string; readonly stderr: string };
}

/** Opens a session to `far` with an ssh_config of these lines; fails unless bytes come back. */
export async function openConfigured(
  test: Pick<TestContext, 'onTestFinished'>,
  sshd: Sshd,
  far: TestServer,
  { settings = [], args = ['--host', 'bastion'], ...want }: WantTunnel,
): Promise<ConfiguredTunnel> {
  const stage = want.stage ?? (await openStage(test));
  const configFile = await writeSshConfig(stage, sshd, settings);
  const port = await freePort();
  const forward = `--forward=echo=${port}:127.0.0.1:${far.port}`;
  const up = await stage.net(['up', `--ssh-config=${configFile}`, forward, ...args]);
  expect(up).toMatchObject({ code: 0 });
  await expectEcho(port);
  return { stage, port, configFile, up };
}

/** Writes the ssh_config of a stage and gives its path. */
export async function writeSshConfig(stage: Stage, sshd: Sshd, settings: readonly string[]): Promise<string> {
  const file = join(stage.home, 'ssh_config');
  const lines = settings.map((line) => `${line.replaceAll('ROOT', stage.root)}\n`).join('');
  await writeFile(file, `Include ${sshd.configFile}\nHost *\n${lines}`);
  return file;
}

/** Fails unless bytes come back. */
export async function expectEcho(port: number): Promise<void> {
  const { outcome, received } = await exchange(port, 'hello');
  expect(`${outcome} ${received}`).toBe('ended hello');
}

/** The pids of the ssh that listens for us, and of those that lead to it through a jump host. */
export async function findSsh(stage: Stage): Promise<{ own: readonly number[]; hops: readonly number[] }> {
  const all = (await processesOf(stage)).filter(({ kind }) => kind === 'ssh');
  const isOwn = ({ argv }: { argv: readonly string[] }) => argv.includes('-L');
  return {
    own: all.filter(isOwn).map(({ pid }) => pid),
    hops: all.filter((one) => !isOwn(one)).map(({ pid }) => pid),
  };
}

/** Kills one process of a session, and fails unless that is mended and told as one of at least `count` breaks. */
export async function expectMended(
  { stage, port }: ConfiguredTunnel,
  pid: number | undefined,
  count: number,
): Promise<void> {
  const { own } = await findSsh(stage);
  expect(pid).toBeGreaterThan(0);
  signalIfAlive(pid ?? 0, 'SIGKILL');
  await eventually('another ssh', async () => {
    const now = await findSsh(stage);
    return now.own.length === 1 && now.own[0] !== own[0];
  });
  await expectEcho(port);
  // ssh may open our sockets and end over a forward of ssh_config right after: one more break, and then no more.
  expect((await stage.status()).sessions[0]?.breaks.length).toBeGreaterThanOrEqual(count);
}

/** Ends the session, and fails unless nothing of it runs at that moment. */
export async function expectWholeEnd({ stage }: Pick<ConfiguredTunnel, 'stage'>): Promise<void> {
  expect(await stage.net(['down'])).toMatchObject({ code: 0 });
  expect((await processesOf(stage)).map(({ argv }) => argv.join(' '))).toEqual([]);
}
