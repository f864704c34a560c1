import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { exchange } from './support/clients.ts';
import { runProgram } from './support/run-program.ts';
import { processesOf } from './support/sandbox-processes.ts';
import { directly, openStage, type Stage } from './support/stage.ts';

describeReal('a reader of stdout that goes away', ['bash'], () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  /** Runs `net …` with a pipe as stdout whose reader has ended before it begins. */
  const runUnread = (stage: Stage, args: readonly string[]) =>
    runProgram(
      ['bash', '-c', 'exec 3> >(true); wait $!; exec "$@" >&3', 'bash'],
      [process.execPath, builtProgram, 'net', ...args],
      stage,
    );

  it.concurrent('of net status ends it without a word, with the verdict as exit code', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    expect(await stage.net(directly(`echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({ code: 0 });
    expect(await runUnread(stage, ['status'])).toMatchObject({ code: 0, stderr: '' });
    expect(await runUnread(stage, ['logs'])).toMatchObject({ code: 0, stderr: '' });
    expect(await exchange(port, 'goes on')).toMatchObject({ outcome: 'ended' });
  });

  it.concurrent('of net up does not take the session away', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const up = await runUnread(stage, directly(`echo=${port}:127.0.0.1:${echo.port}`));
    expect(up).toMatchObject({ code: 0, stderr: '' });
    expect(await exchange(port, 'is up')).toMatchObject({ outcome: 'ended' });
    expect(await stage.status()).toMatchObject({ code: 0 });
  });

  it.concurrent('of net up hides no failure', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    expect(await runUnread(stage, directly(`echo=${port}:127.0.0.1:${await freePort()}`))).toMatchObject({
      code: 1,
    });
  });

  it.concurrent('of net down does not keep the session up', async (t) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    expect(await runUnread(stage, ['down'])).toMatchObject({ code: 0, stderr: '' });
    expect(await processesOf(stage)).toEqual([]);
    expect(await stage.records()).toEqual([]);
  });

  it.concurrent('of a session in foreground ends the session whole', async (t) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    const up = stage.start(['net', ...args, '--foreground']);
    up.stdout.destroy();
    await once(up, 'close');
    expect(await processesOf(stage)).toEqual([]);
    expect(await stage.records()).toEqual([]);
  });
});
