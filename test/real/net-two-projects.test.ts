import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { nextCommands } from '../support/next-commands.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { onlyPid, pidsOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage } from './support/stage.ts';

describe('sessions of two projects', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const openTwo = async (t: TestContext) => {
    const stage = await openStage(t);
    const other = join(stage.home, 'other one');
    await mkdir(other);
    // What a session of the other project goes to is not there.
    const lost = directly(`lost=${await freePort()}:127.0.0.1:1`);
    const up = await stage.net([...lost, '--label', 'billing', '--target', 'bill', '--json'], { cwd: other });
    expect(errorOf(up)).toMatchObject({ code: 'service-not-answering' });
    t.onTestFinished(async () => {
      await stage.net(['down', '--all'], { cwd: other });
    });
    return { stage, other, supervisor: await onlyPid(stage, 'supervisor') };
  };

  it.concurrent('are told apart by status, and judged together by status --all', async (t) => {
    const { stage, other } = await openTwo(t);
    const state = join(other, '.hotpass');
    const alone = await stage.net(['status']);
    expect(alone).toMatchObject({ code: 0 });
    expect(alone.stdout).toContain(`other projects: ${state} (1 session); --all shows them`);

    const all = await stage.net(['status', '--all']);
    expect(all.code).toBe(1);
    expect(all.stdout.trim().split('\n').at(-1)).toBe('1 session: 1 degraded');
    expect(all.stdout).toContain(`  of ${state}\n`);
    expect(nextCommands(all.stdout)).toEqual([`hotpass net logs billing --state-dir '${state}'`]);
    const logs = await stage.net(['logs', 'billing', '--state-dir', state]);
    expect(logs).toMatchObject({ code: 0, stdout: expect.stringContaining('degraded') });

    const json = await stage.net(['status', '--all', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      sessions: [],
      others: [{ label: 'billing', project: state, state: 'degraded' }],
      otherProjects: [{ project: state, count: 1 }],
    });
  });

  it.concurrent('are not ended from each other by down --all, --pid or --via', async (t) => {
    const { stage, supervisor } = await openTwo(t);
    for (const args of [['--all'], ['--pid', `${supervisor}`], ['--via', 'direct'], ['billing']]) {
      expect(await stage.net(['down', ...args])).toMatchObject({ code: 0, stdout: 'nothing to stop\n' });
    }
    expect(await pidsOf(stage, 'supervisor')).toEqual([supervisor]);
  });

  it.concurrent('are left out when they have ended', async (t) => {
    const { stage, supervisor } = await openTwo(t);
    signalIfAlive(supervisor, 'SIGKILL');
    await waitUntilGone(supervisor);
    expect(await stage.net(['status', '--all'])).toMatchObject({
      code: 0,
      stdout: 'no session in this project\n',
    });
  });
});
