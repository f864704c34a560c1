import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { isStatus } from '../../src/ops/net/status.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { startInTerminal } from './support/in-terminal.ts';
import { eventually } from './support/sandbox-processes.ts';
import { directly, openStage, type Stage } from './support/stage.ts';

let echo: TestServer;
beforeAll(async () => {
  echo = await startEcho();
});
afterAll(() => echo?.close());

const openOne = async (t: TestContext) => {
  const stage = await openStage(t);
  const up = await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`));
  expect(up).toMatchObject({ code: 0, stderr: '' });
  return stage;
};

describe('net status --watch', () => {
  const watch = (stage: Stage, ...args: string[]) => {
    const child = stage.start(['net', 'status', '--watch', '--interval', '500ms', ...args]);
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
    });
    const looks = () => said.stdout.split('\n').slice(0, -1).map(readLook);
    return { child, looks, ended: once(child, 'close').then(([code]) => ({ code, ...said })) };
  };

  it.concurrent.for([[], ['--json']])(
    'prints a document a line into a pipe %j, and ends with the last verdict',
    async (args, t) => {
      const stage = await openOne(t);
      const { child, looks, ended } = watch(stage, 'staging', ...args);
      await eventually('two looks', async () => looks().length >= 2);
      expect(looks()[1]?.states).toEqual(['ready']);
      await stage.net(['down']);
      // It was there at the first look: that it is gone is what who watches wants to know.
      await eventually('its end', async () => looks().at(-1)?.missing[0] === 'staging');
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const times = looks().map(({ at }) => Date.parse(at));
      expect(times).toEqual([...times].sort());
    },
  );

  it.concurrent('ends with 0 at Ctrl-C when all is well', async (t) => {
    const stage = await openOne(t);
    const { child, looks, ended } = watch(stage);
    await eventually('a look', async () => looks().length > 0);
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.concurrent('ends without a word when its reader went away', async (t) => {
    const stage = await openOne(t);
    const { child, looks, ended } = watch(stage);
    await eventually('a look', async () => looks().length > 0);
    child.stdout.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.concurrent('refuses what it cannot watch', async (t) => {
    const stage = await openStage(t);
    expect(await stage.net(['status', '--watch', 'nope'])).toMatchObject({ code: 2 });
    expect(await stage.net(['status', '--watch', '--interval', '100ms'])).toMatchObject({ code: 2 });
    expect(await stage.net(['status', '--interval', '2s'])).toMatchObject({ code: 2 });
  });
});

describeReal('net status --watch in a terminal', ['script'], () => {
  it('draws over itself, fits the window, and leaves the last look to be read', async (t) => {
    const stage = await openOne(t);
    const command = `stty rows 4 cols 30; exec "${process.execPath}" "${builtProgram}" net status --watch --interval 500ms`;
    const terminal = startInTerminal(['sh', '-c', command], stage);
    const draws = () => terminal.shown().split('\u001b[J').slice(0, -1);
    await eventually('three drawings', async () => draws().length >= 3);
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
    // The window has four rows: three lines, and the cursor below.
    const [, second = ''] = draws();
    expect(second).toMatch(/^\r\u001b\[3A/);
    const lines = second.split('\u001b[K');
    expect(lines[0]).toMatch(/looked at \d\d:\d\d:\d\d, every 0\./);
    expect(lines[2]).toContain('… 2 more lines');
    for (const line of lines) expect(visible(line).length).toBeLessThanOrEqual(30);
    // Nothing was switched that would have to be switched back.
    expect(terminal.shown()).not.toMatch(/\u001b\[\?/);
  });
});

function visible(line: string): string {
  return line.replace(/\u001b\[[\d;]*[A-Za-z]|[\r\n]/g, '');
}

function readLook(line: string): { at: string; states: string[]; missing: unknown[] } {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw new Error(`no look: ${line}`);
  const list = (key: string): unknown[] => {
    const found: unknown = Reflect.get(value, key);
    return Array.isArray(found) ? found : [];
  };
  return {
    at: String(Reflect.get(value, 'at')),
    states: list('sessions')
      .filter(isStatus)
      .map(({ state }) => state),
    missing: list('missing'),
  };
}
