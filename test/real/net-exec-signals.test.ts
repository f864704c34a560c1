import { readFile, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, startEcho, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { execDirectly, hotpassArgv, script, startRunning } from './support/borrowing.ts';
import { startInTerminal } from './support/in-terminal.ts';
import { eventually, onlyPid, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { directly, openStage } from './support/stage.ts';

/** Counts the signals that it gets, by name; ends with 40 and the number of all when it reads a `q`. */
const COUNTING = script(`
  let all = 0;
  for (const name of process.argv.slice(1)) {
    let count = 0;
    process.on(name, () => { all += 1; console.log(name + ' ' + ++count); });
  }
  process.stdin.on('data', (data) => { if (String(data).includes('q')) process.exit(40 + all); });
  console.log('running');`);

describeReal('the command of net exec', ['bash', 'script', 'ps'], () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const openUp = async (t: TestContext) => {
    const stage = await openStage(t);
    expect((await stage.net(directly(`echo=${await freePort()}:127.0.0.1:${echo.port}`))).code).toBe(0);
    return stage;
  };

  it.concurrent('gets each signal that hotpass is sent, once', async (t) => {
    const stage = await openUp(t);
    const names = [
      'SIGTERM',
      'SIGHUP',
      'SIGINT',
      'SIGQUIT',
      'SIGUSR1',
      'SIGUSR2',
      'SIGWINCH',
      'SIGCONT',
    ] as const;
    const running = startRunning(hotpassArgv('net', 'exec', '--', ...COUNTING, ...names), stage);
    await running.says('running');
    for (const name of names) {
      running.child.kill(name);
      await running.says(`${name} 1`);
    }
    running.child.stdin?.write('q');
    expect(await running.end).toMatchObject({ code: 48, stderr: '' });
  });

  it.concurrent.for(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const)(
    'that %s ends is told by 128 and its number',
    async (name, t) => {
      const stage = await openUp(t);
      const running = startRunning(
        hotpassArgv('net', 'exec', '--', 'sh', '-c', 'echo running; exec sleep 60'),
        stage,
      );
      await running.says('running');
      running.child.kill(name);
      expect(await running.end).toMatchObject({ code: 128 + constants.signals[name], signal: null });
    },
  );

  it.concurrent('in a terminal gets each Ctrl-C once, and hotpass waits for what it does about it', async (t) => {
    const stage = await openUp(t);
    const argv = [
      process.execPath,
      builtProgram,
      'net',
      'exec',
      '--',
      process.execPath,
      `${stage.project}/count.cjs`,
    ];
    await writeFile(
      `${stage.project}/count.cjs`,
      COUNTING[2]?.replace('process.argv.slice(1)', '["SIGINT", "SIGQUIT"]') ?? '',
    );
    const terminal = startInTerminal(argv, stage);
    const shows = (text: string) => eventually(text, async () => terminal.shown().includes(text));
    await shows('running');
    terminal.type('\u0003');
    await shows('SIGINT 1');
    terminal.type('\u0003');
    await shows('SIGINT 2');
    terminal.type('\u001c');
    await shows('SIGQUIT 1');
    terminal.type('q\n');
    expect(await terminal.ended, terminal.shown()).toBe(43);
  });

  it.concurrent('in a terminal stops at Ctrl-Z together with hotpass, and goes on with fg', async (t) => {
    const stage = await openUp(t);
    const terminal = startInTerminal(['bash', '--norc', '-i'], stage);
    const shows = (text: string) =>
      eventually(`${text} in ${terminal.shown()}`, async () => terminal.shown().includes(text));
    terminal.type(
      `${process.execPath} ${builtProgram} net exec -- sh -c 'echo run""ning; read word; echo "got $word"; exit 9'\n`,
    );
    await shows('running');
    const [hotpass, command] = [await onlyPid(stage, 'hotpass'), await onlyPid(stage, 'sh')];
    terminal.type('\u001a');
    await shows('Stopped');
    const states = await Promise.all([hotpass, command].map(stateOf));
    expect(states).toEqual(['T', 'T']);
    terminal.type('fg\n');
    await eventually('the command to run', async () => (await stateOf(command)) === 'S');
    terminal.type('again\n');
    await shows('got again');
    terminal.type('echo code $?; exit\n');
    await shows('code 9');
    await terminal.ended;
  });

  it.concurrent('lives on when hotpass gets a signal that the command does not mind', async (t) => {
    const stage = await openStage(t);
    const exec = execDirectly(`echo=${await freePort()}:127.0.0.1:${echo.port}`);
    const running = startRunning(hotpassArgv('net', ...exec, ...COUNTING, 'SIGTERM'), stage);
    await running.says('running');
    running.child.kill('SIGTERM');
    await running.says('SIGTERM 1');
    expect(await stage.records()).toHaveLength(1);
    running.child.stdin?.write('q');
    expect(await running.end).toMatchObject({ code: 41 });
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('ends with hotpass when that is killed', async (t) => {
    const stage = await openUp(t);
    const running = startRunning(hotpassArgv('net', 'exec', '--', 'sleep', '60'), stage);
    await eventually('the command', async () => (await pidsOf(stage, 'sleep')).length > 0);
    signalIfAlive(await onlyPid(stage, 'hotpass'), 'SIGKILL');
    await eventually('its end', async () => (await pidsOf(stage, 'sleep')).length === 0);
    expect((await running.end).signal).toBe('SIGKILL');
    expect((await stage.status()).code).toBe(0);
  });
});

async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}
