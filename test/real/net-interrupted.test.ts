import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { builtProgram, type Sandbox } from '../support/hotpass.ts';
import { freePort, isPortOpen, startServer, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type InTerminal, startInTerminal } from './support/in-terminal.ts';
import { eventually, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { openStage, runtimeFiles, type Stage } from './support/stage.ts';

/** Well below the 10 s after which ssh gives up by itself. */
const HEARD_WITHIN_MS = 6_000;

function soon<T>(end: Promise<T>): Promise<T | 'late'> {
  return Promise.race([end, new Promise<'late'>((resolve) => setTimeout(resolve, HEARD_WITHIN_MS, 'late'))]);
}

async function untilNothingRuns(stage: Stage): Promise<void> {
  const isQuiet = async () => (await processesOf(stage)).length === 0;
  await eventually('the end of all processes', isQuiet, HEARD_WITHIN_MS);
}

describeReal('a net up that waits for a bastion which never speaks', ['ssh', 'script'], () => {
  let hole: TestServer;
  beforeAll(async () => {
    hole = await startServer(0, '127.0.0.1', () => {});
  });
  afterAll(() => hole?.close());

  const argsFor = (port: number, ...more: string[]) => [
    'net',
    'up',
    '--host',
    '127.0.0.1',
    '--ssh-port',
    `${hole.port}`,
    '--ssh-config',
    '/dev/null',
    '--forward',
    `echo=${port}:127.0.0.1:1`,
    ...more,
  ];
  const untilSshKnocks = async (stage: Sandbox) => {
    await eventually('ssh at the bastion', async () => (await pidsOf(stage, 'ssh')).length > 0);
  };

  it.concurrent.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends at %s, with all that it started',
    async (signal, t) => {
      const stage = await openStage(t);
      const port = await freePort();
      const up = stage.start(argsFor(port, '--json'));
      const said = once(up.stdout, 'data');
      await untilSshKnocks(stage);
      expect(await stage.records()).toHaveLength(1);
      up.kill(signal);
      expect(await soon(once(up, 'close'))).toEqual([1, null]);
      expect(JSON.parse(String((await said)[0]))).toMatchObject({ error: { code: 'interrupted' } });
      await expectNothing(stage, port);
    },
  );

  it.concurrent('leaves nothing when it is killed', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const up = stage.start(argsFor(port));
    await untilSshKnocks(stage);
    up.kill('SIGKILL');
    await once(up, 'close');
    await untilNothingRuns(stage);
    await expectNothing(stage, port);
  });

  it('hears a Ctrl-C at whatever moment it comes', async (t) => {
    const stage = await openStage(t);
    // From the first instructions of node to the wait for ssh, and over again on a slower machine.
    const moments = Array.from({ length: 16 }, (_, index) => index * 40);
    const outcomes = await Promise.all(
      moments.map(async (moment) => {
        const up = stage.start(argsFor(await freePort(), '--label', `at-${moment}`, '--json'));
        let said = '';
        up.stdout.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk;
        });
        const end = once(up, 'close');
        setTimeout(() => up.kill('SIGINT'), moment);
        return String(await soon(end.then(([, signal]) => signal ?? said)));
      }),
    );
    // Before node listens for it, the signal ends the process by itself.
    expect(outcomes.filter((said) => said !== 'SIGINT' && !said.includes('"interrupted"'))).toEqual([]);
    await untilNothingRuns(stage);
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
  });

  it.concurrent.for([
    ['Ctrl-C is typed', (terminal: InTerminal) => terminal.type('\u0003')] as const,
    ['the terminal goes away', (terminal: InTerminal) => terminal.vanish()] as const,
  ])('in a terminal leaves nothing when %s', async ([, happen], t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const terminal = startInTerminal([process.execPath, builtProgram, ...argsFor(port)], stage);
    await untilSshKnocks(stage);
    happen(terminal);
    expect(await soon(terminal.ended)).not.toBe('late');
    await untilNothingRuns(stage);
    await expectNothing(stage, port);
  });

  it.concurrent('is ended by a net down beside it', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const up = stage.start(argsFor(port));
    const end = once(up, 'close');
    await untilSshKnocks(stage);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(await soon(end)).toEqual([1, null]);
    await expectNothing(stage, port);
  });

  it.concurrent('in foreground ends at Ctrl-C with exit code 1', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const up = stage.start(argsFor(port, '--foreground'));
    await untilSshKnocks(stage);
    up.kill('SIGINT');
    expect(await soon(once(up, 'close'))).toEqual([1, null]);
    await expectNothing(stage, port);
  });

  async function expectNothing(stage: Stage, port: number) {
    expect((await processesOf(stage)).map(({ kind }) => kind)).toEqual([]);
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    expect(await isPortOpen(port)).toBe(false);
  }
});
