import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { freePort, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { script } from './support/borrowing.ts';
import { makeThroughSsh, reboot } from './support/reboot.ts';
import { eventually, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { directly, openStage, type Stage } from './support/stage.ts';

describeReal('a session that is being brought back', ['ssh'], () => {
  let echo: TestServer;
  /** A bastion that takes connections and never speaks. */
  let hole: TestServer;
  beforeAll(async () => {
    [echo, hole] = await Promise.all([startEcho(), startServer(0, '127.0.0.1', () => {})]);
  });
  afterAll(async () => {
    await Promise.all([echo?.close(), hole?.close()]);
  });

  const openDead = async (t: TestContext) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    await reboot(stage);
    return { stage, args };
  };
  /** Begins to bring a session back whose bastion never speaks. */
  const beginResume = async (stage: Stage) => {
    const gateway = { host: '127.0.0.1', port: hole.port, configFile: '/dev/null' };
    const records = await makeThroughSsh(stage, gateway);
    const up = stage.start(['net', 'up', '--resume', '--json']);
    const ended = once(up, 'close').then(([code]) => code);
    await eventually('ssh at the bastion', async () => (await pidsOf(stage, 'ssh')).length > 0);
    return { up, ended, records };
  };

  it.concurrent('is shown as starting, and is on record as before when it is interrupted', async (t) => {
    const { stage } = await openDead(t);
    const { up, ended, records } = await beginResume(stage);
    expect((await stage.status()).sessions).toMatchObject([{ state: 'starting' }]);
    up.kill('SIGINT');
    expect(await ended).toBe(1);
    expect(await processesOf(stage)).toEqual([]);
    expect(await stage.records()).toEqual(records);
  });

  it.concurrent('is off the record when net down takes it down', async (t) => {
    const { stage } = await openDead(t);
    const { ended } = await beginResume(stage);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(await ended).toBe(1);
    expect(await stage.records()).toEqual([]);
  });

  it.concurrent('stays on record when a command has borrowed its place', async (t) => {
    const { stage, args } = await openDead(t);
    const records = await stage.records();
    const [, ...options] = args;
    const exec = await stage.net(['exec', ...options, '--', ...script('process.exit(7)')]);
    expect(exec.code, exec.stderr).toBe(7);
    expect(await stage.records()).toEqual(records);
  });
});
