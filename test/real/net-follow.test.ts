import { once } from 'node:events';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { eventually } from './support/sandbox-processes.ts';
import { directly, openStage, type Stage } from './support/stage.ts';

describe('net logs --follow', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const follow = (stage: Stage, ...args: string[]) => {
    const child = stage.start(['net', 'logs', ...args]);
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    const shows = (text: string) => eventually(text, async () => said.stdout.includes(text));
    const ended = once(child, 'close').then(([code]) => ({ code, ...said }));
    return { child, shows, ended };
  };
  const openOne = async (t: TestContext) => {
    const stage = await openStage(t);
    const args = directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    return { stage, log: join(stage.state, 'logs', 'staging.log') };
  };

  it.concurrent('shows the last lines, then what comes, and ends with 0 at Ctrl-C', async (t) => {
    const { stage } = await openOne(t);
    const { child, shows, ended } = follow(stage, '-f', '--lines', '1');
    await shows('starting -> ready');
    await stage.net(['down']);
    await shows('ready -> stopped');
    await shows(' ended\n');
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.replace(/^\S+Z /, ''))).toEqual([
      'starting -> ready',
      'told to stop',
      'ready -> stopped',
      'ended',
      '',
    ]);
  });

  it.concurrent('prints one document a line with --json, through rotation and deletion', async (t) => {
    const { stage, log } = await openOne(t);
    const { child, shows, ended } = follow(stage, '--follow', '--json');
    await shows('starting -> ready');
    await appendFile(log, '2026-01-01T00:00:00.000Z before the rotation\n');
    await rename(log, `${log}.1`);
    await appendFile(log, '2026-01-01T00:00:01.000Z after the rotation\nno time, \u001b[2J and ha');
    await shows('after the rotation');
    await appendFile(log, 'lf\n');
    await shows('and half');
    await rm(join(stage.state, 'logs'), { recursive: true });
    await mkdir(join(stage.state, 'logs'));
    await writeFile(log, '2026-01-01T00:00:02.000Z after the deletion\n');
    await shows('after the deletion');
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines: unknown[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(1)).toEqual([
      { at: '2026-01-01T00:00:00.000Z', text: 'before the rotation' },
      { at: '2026-01-01T00:00:01.000Z', text: 'after the rotation' },
      { text: 'no time, \u001b[2J and half' },
      { at: '2026-01-01T00:00:02.000Z', text: 'after the deletion' },
    ]);
  });

  it.concurrent('waits for the first line of a session that has a record and no log', async (t) => {
    const { stage, log } = await openOne(t);
    await rm(log);
    const { child, shows, ended } = follow(stage, '-f');
    await stage.net(['down']);
    await shows('told to stop');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0 });
    expect(await stage.net(['logs', '-f', 'other', '--json'])).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('"label-unknown"'),
    });
  });

  it.concurrent('ends without a word when its reader went away', async (t) => {
    const { stage, log } = await openOne(t);
    const { child, shows, ended } = follow(stage, '-f');
    await shows('starting -> ready');
    child.stdout.destroy();
    await eventually('its end', async () => {
      await appendFile(log, 'one more\n');
      return child.exitCode !== null;
    });
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});
