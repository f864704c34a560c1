import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { nextCommands, parseCommand } from '../support/next-commands.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { startInTerminal } from './support/in-terminal.ts';
import { eventually, onlyPid, processesOf } from './support/sandbox-processes.ts';
import { directly, errorOf, openStage, type Stage } from './support/stage.ts';

/** A port that nobody listens on: the session is up, and its service does not answer. */
const NOBODY = { port: 1 };

describe('net wait', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(async () => {
    await echo?.close();
  });

  const startWait = (stage: Stage, ...args: string[]) => {
    const wait = stage.start(['net', 'wait', ...args]);
    const said = { stdout: '', stderr: '' };
    wait.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    wait.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    const ended = once(wait, 'close').then(([code]) => ({ code, ...said }));
    return ended;
  };
  const untilItRuns = (stage: Stage) =>
    eventually('net wait', async () => (await processesOf(stage)).some(({ kind }) => kind === 'hotpass'));
  const openOne = async (t: TestContext, server: Pick<TestServer, 'port'> = echo) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${server.port}`);
    const up = await stage.net(args);
    return { stage, args, up };
  };

  it.concurrent('returns at once when it is so already', async (t) => {
    const { stage } = await openOne(t);
    const ready = await stage.net(['wait']);
    expect(ready).toMatchObject({ code: 0, stderr: '' });
    expect(ready.stdout).toMatch(/^staging is ready \(waited \d+\.\d s\)\n$/);
    const json = await stage.net(['wait', 'staging', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ label: 'staging', state: 'ready', forwards: [{}] });
    const down = await stage.net(['wait', 'other', '--for', 'down', '--json']);
    expect(down).toMatchObject({ code: 0, stdout: '{"label":"other","state":"stopped"}\n' });
  });

  it.concurrent('waits for a session that is not there yet', async (t) => {
    const stage = await openStage(t);
    const ended = startWait(stage, '--json');
    await untilItRuns(stage);
    const up = await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`));
    expect(up).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ label: 'staging', state: 'ready' });
  });

  it.concurrent('waits for the end of one', async (t) => {
    const { stage } = await openOne(t);
    const ended = startWait(stage, '--for', 'down');
    await untilItRuns(stage);
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^staging is down /) });
  });

  it.concurrent('says at the time limit what is missing and what to type', async (t) => {
    const { stage, up } = await openOne(t, NOBODY);
    expect(up.code).toBe(1);
    const late = await stage.net(['wait', '--timeout', '500ms']);
    expect(late.code).toBe(1);
    expect(late.stderr).toMatch(/staging is not ready after 0\.5 s: degraded: .*\[not-ready\]/);
    nextCommands(late.stderr).forEach(parseCommand);
    expect(nextCommands(late.stderr)).toHaveLength(1);
    expect(await stage.net(['wait', '--require', 'transport'])).toMatchObject({ code: 0 });

    const nobody = await stage.net(['wait', 'other', '--timeout', '0', '--json']);
    expect(nobody).toMatchObject({ code: 1, stderr: '' });
    expect(errorOf(nobody)).toMatchObject({ code: 'not-ready', details: { labels: ['staging'] } });
    const down = await stage.net(['wait', '--for', 'down', '--timeout', '0']);
    expect(down.stderr).toContain('staging is not down after 0 s');
  });

  it.concurrent('is over as soon as the background process is gone', async (t) => {
    const { stage } = await openOne(t, NOBODY);
    const ended = startWait(stage, '--timeout', '30s', '--json');
    await untilItRuns(stage);
    const killed = Date.now();
    signalIfAlive(await onlyPid(stage, 'supervisor'), 'SIGKILL');
    const { code, stdout } = await ended;
    expect(code).toBe(1);
    expect(stdout).toContain('is gone');
    expect(Date.now() - killed).toBeLessThan(8_000);
    expect(await stage.net(['wait', '--for', 'down'])).toMatchObject({ code: 0 });
  });
});

describeReal('net wait in a terminal', ['script'], () => {
  it('says what it waits for, and ends at Ctrl-C', async () => {
    const stage = await openStage();
    const wait = startInTerminal([process.execPath, builtProgram, 'net', 'wait'], stage);
    await eventually('the wait', async () =>
      wait.shown().includes('waiting for staging: there is no session yet'),
    );
    wait.type('\u0003');
    expect(await wait.ended).toBe(1);
    expect(wait.shown()).toContain('interrupted before staging was ready');
  });
});
