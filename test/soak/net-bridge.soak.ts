import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished } from 'vitest';
import { runProgram } from '../real/support/run-program.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { directly, openStage, type Stage } from '../real/support/stage.ts';
import { openView, testInView, type View } from '../real/support/views.ts';
import { freePort } from '../support/ports.ts';
import { endProcess } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';

const BRIDGE = '10.77.0.1';
const BRIDGE_V6 = 'fd00:77::1';

/** A service that sends back what it gets. */
const ECHO = `require('node:net').createServer((socket) => socket.pipe(socket))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
/** A client: prints the answer, or why there was none. */
const CLIENT = `const [host, port] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port, timeout: 3000 });
  socket.on('error', (error) => console.log(error.code)).on('timeout', () => socket.destroy(new Error('silent')));
  socket.on('data', (data) => { console.log(String(data)); socket.end() }).write('hello')`;

describeReal('a session that a container reaches', ['unshare', 'nsenter', 'ip'], () => {
  const testInNetworks = testInView('net');

  /** A machine with a service, and a container on its bridge: two networks of their own, joined by one cable. */
  const openBridge = async () => {
    const stage = await openStage();
    const machine = await openView({ namespaces: ['net'], setup: 'ip link set lo up' });
    const container = await openView({ namespaces: ['net'], within: machine });
    const run = async (view: View, ...argv: string[]) => {
      const { code, stdout, stderr } = await runProgram([...view.enter, stage.project], argv, stage);
      if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
      return stdout.trim();
    };
    const setUp = [
      `ip link add hp0 type veth peer name hp1 netns ${container.pid}`,
      `ip address add ${BRIDGE}/24 dev hp0; ip address add ${BRIDGE_V6}/64 dev hp0 nodad; ip link set hp0 up`,
    ];
    await run(machine, 'sh', '-ec', setUp.join('\n'));
    await run(
      container,
      ...[
        'sh',
        '-ec',
        'ip address add 10.77.0.2/24 dev hp1; ip address add fd00:77::2/64 dev hp1 nodad; ip link set hp1 up',
      ],
    );
    const [service, port] = [await startEchoIn(machine, stage), await freePort()];
    const net = (...args: string[]) => machine.hotpass(stage, ['net', ...args]);
    return {
      stage,
      port,
      net,
      onMachine: (...argv: string[]) => run(machine, ...argv),
      up: (...binds: string[]) =>
        net(...directly(`api=${port}:127.0.0.1:${service}`), ...binds.flatMap((bind) => ['--bind', bind])),
      status: async () => JSON.parse((await net('status', '--json')).stdout).sessions[0],
      fromContainer: (host: string) => run(container, process.execPath, '-e', CLIENT, host, String(port)),
      fromMachine: (host: string) => run(machine, process.execPath, '-e', CLIENT, host, String(port)),
    };
  };

  testInNetworks('listens on the bridge too, warns, and shows every address', async () => {
    const { port, net, up, status, fromContainer, fromMachine } = await openBridge();
    const opened = await up(BRIDGE, '127.0.0.1');
    expect(opened).toMatchObject({
      code: 0,
      stderr: `warning: --bind ${BRIDGE}: whoever reaches that address reaches the services of staging\n`,
    });
    expect(await fromContainer(BRIDGE)).toBe('hello');
    expect(await fromMachine('127.0.0.1')).toBe('hello');
    expect((await status()).forwards[0]).toMatchObject({
      local: [`${BRIDGE}:${port}`, `127.0.0.1:${port}`],
      url: `http://127.0.0.1:${port}`,
    });
    for (const shown of [opened.stdout, (await net('status')).stdout]) {
      expect(shown).toMatch(new RegExp(` ${BRIDGE}:${port} .*\n +127\\.0\\.0\\.1:${port}\n`));
    }
    expect(opened.stdout).toContain(`use       127.0.0.1:${port}\n`);
  });

  testInNetworks('listens on an IPv6 address of the bridge', async () => {
    const { port, up, status, fromContainer } = await openBridge();
    expect(await up('::1', `[${BRIDGE_V6}]`)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`warning: --bind ${BRIDGE_V6}: whoever reaches`),
    });
    expect(await fromContainer(BRIDGE_V6)).toBe('hello');
    expect((await status()).forwards[0]).toMatchObject({
      local: [`[::1]:${port}`, `[${BRIDGE_V6}]:${port}`],
      url: `http://[::1]:${port}`,
    });
  });

  testInNetworks('is not reached by a container when it listens on loopback alone', async () => {
    const { up, fromContainer, fromMachine } = await openBridge();
    expect(await up()).toMatchObject({ code: 0, stderr: '' });
    expect(await fromMachine('127.0.0.1')).toBe('hello');
    for (const address of [BRIDGE, BRIDGE_V6]) expect(await fromContainer(address)).toBe('ECONNREFUSED');
  });

  testInNetworks('starts nothing when one of its addresses is not there', async () => {
    const { stage, up, fromMachine } = await openBridge();
    expect(await up('127.0.0.1', '10.77.0.9')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('10.77.0.9 is not an address of this machine  [bind-invalid]'),
    });
    expect(await fromMachine('127.0.0.1')).toBe('ECONNREFUSED');
    expect(await stage.records()).toEqual([]);
  });

  testInNetworks(
    'says when an address goes away, serves the others, and goes on when it is back',
    async () => {
      const { net, up, status, onMachine, fromContainer, fromMachine } = await openBridge();
      expect(await up('127.0.0.1', BRIDGE)).toMatchObject({ code: 0 });
      await onMachine('ip', 'address', 'del', `${BRIDGE}/24`, 'dev', 'hp0');
      const lost = await status();
      expect(lost).toMatchObject({
        state: 'degraded',
        code: 'bind-lost',
        reason: `${BRIDGE} is no longer an address of this machine`,
        forwards: [{ layers: { port: { state: 'failed' }, service: { state: 'ok' } } }],
      });
      expect(await fromMachine('127.0.0.1')).toBe('hello');
      expect(await net('status')).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('  next: see: ip address'),
      });

      await onMachine('ip', 'address', 'add', `${BRIDGE}/24`, 'dev', 'hp0');
      expect(await status()).toMatchObject({ state: 'ready' });
      expect(
        await eventually('the bridge again', async () => (await fromContainer(BRIDGE)) === 'hello'),
      ).toBe(true);
    },
  );
});

async function startEchoIn(view: View, stage: Stage): Promise<number> {
  const [file = '', ...args] = [...view.enter, stage.home, process.execPath, '-e', ECHO];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => endProcess(child));
  const [port] = await once(child.stdout, 'data');
  return Number(port);
}
