import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { freePort, isPortOpen, startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive, waitUntilGone } from '../support/processes.ts';
import { onlyPid, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, runtimeFiles } from './support/stage.ts';

describe('a session whose project lost its state folder', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  /** What `git clean -fdx` does to a project. */
  const openLost = async (t: TestContext) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = directly(`echo=${port}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    await rm(stage.state, { recursive: true });
    return { stage, port, args };
  };

  it.concurrent('is shown by status, also by its label', async (t) => {
    const { stage } = await openLost(t);
    for (const args of [[], ['staging'], ['--target', 'staging']]) {
      const { code, sessions } = await stage.status(args);
      expect(sessions).toMatchObject([{ label: 'staging', state: 'ready' }]);
      expect(code).toBe(0);
    }
    const unknown = await stage.net(['status', 'nope', '--json']);
    expect(errorOf(unknown)).toMatchObject({ code: 'label-unknown', details: { labels: ['staging'] } });
  });

  it.concurrent.for([['down'], ['down', 'staging'], ['down', '--all'], ['down', '--via', 'direct']])(
    'is ended by %s %s',
    async (args, t) => {
      const { stage, port } = await openLost(t);
      expect(await stage.net(args)).toMatchObject({ code: 0, stdout: 'staging is down\n' });
      expect(await isPortOpen(port)).toBe(false);
      expect(await processesOf(stage)).toEqual([]);
      expect(await runtimeFiles(stage)).toEqual([]);
    },
  );

  it.concurrent('is kept by the same up, and stands in the way of another plan', async (t) => {
    const { stage, args } = await openLost(t);
    const supervisor = await onlyPid(stage, 'supervisor');
    const dry = await stage.net([...args, '--dry-run', '--json']);
    expect(JSON.parse(dry.stdout)).toMatchObject({ action: 'keep' });
    const again = await stage.net([...args, '--json']);
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'already-up' });
    const other = await stage.net([...directly(`echo=${await freePort()}:127.0.0.1:1`), '--json']);
    expect(errorOf(other)).toMatchObject({ code: 'label-in-use' });
    expect(await onlyPid(stage, 'supervisor')).toBe(supervisor);
  });

  it.concurrent('is not taken for one of another project', async (t) => {
    const { stage } = await openLost(t);
    const down = await stage.net(['down', '--all', '--state-dir', `${stage.home}/other`]);
    expect(down).toMatchObject({ code: 0, stdout: 'nothing to stop\n' });
    expect(await stage.status()).toMatchObject({ code: 0 });
  });

  it.concurrent('is shown once where the record of a dead one has its label', async (t) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    const file = join(stage.state, 'net.json');
    const records = await readFile(file);
    const dead = await onlyPid(stage, 'supervisor');
    signalIfAlive(dead, 'SIGKILL');
    await waitUntilGone(dead);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    // As while it is being opened: it answers already, and the dead one is still on the list.
    await writeFile(file, records);
    const { sessions } = await stage.status();
    expect(sessions).toMatchObject([{ state: 'ready', pid: await onlyPid(stage, 'supervisor') }]);
  });
});
