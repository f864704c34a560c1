import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, isPortOpen, startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { exchange } from './support/clients.ts';
import { startInTerminal } from './support/in-terminal.ts';
import { eventually, onlyPid, pidsOf, processesOf } from './support/sandbox-processes.ts';
import { openStage, runtimeFiles, type Stage, throughSsh } from './support/stage.ts';

describeReal('a session in foreground', ['sshd', 'ssh', 'script'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), echo?.close()]);
  });

  const argsFor = (port: number, remote = echo.port) => [
    'net',
    ...throughSsh(sshd, `echo=${port}:127.0.0.1:${remote}`),
    '--foreground',
  ];
  const startOne = async (t: TestContext) => {
    const stage = await openStage(t);
    const port = await freePort();
    const up = stage.start(argsFor(port));
    const end = once(up, 'close');
    await eventually('ready', async () => (await stage.status()).sessions[0]?.state === 'ready');
    return { stage, port, up, end };
  };

  it.concurrent.for(['SIGINT', 'SIGTERM'] as const)(
    'ends well at %s, with nothing left',
    async (signal, t) => {
      const { stage, port, up, end } = await startOne(t);
      expect(await exchange(port, 'hello')).toMatchObject({
        outcome: 'ended',
        received: Buffer.from('hello'),
      });
      expect(await stage.records()).toMatchObject([{ foreground: true, owner: { pid: up.pid } }]);
      up.kill(signal);
      expect((await end)[0]).toBe(0);
      await expectNothing(stage, port);
    },
  );

  it.concurrent('ends well when Ctrl-C reaches its ssh too, as in a terminal', async (t) => {
    const stage = await openStage(t);
    const port = await freePort();
    const terminal = startInTerminal([process.execPath, builtProgram, ...argsFor(port)], stage);
    await eventually('the verdict', async () => terminal.shown().includes('staging is up ('));
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown()).not.toContain('error');
    await expectNothing(stage, port);
  });

  it.concurrent('ends well when net down is called beside it', async (t) => {
    const { stage, port, end } = await startOne(t);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect((await end)[0]).toBe(0);
    await expectNothing(stage, port);
  });

  it.concurrent('leaves no ssh when it is killed', async (t) => {
    const { stage, up, end } = await startOne(t);
    const ssh = await onlyPid(stage, 'ssh');
    up.kill('SIGKILL');
    await end;
    await eventually('the end of ssh', async () => !(await pidsOf(stage, 'ssh')).includes(ssh));
    expect((await stage.status()).sessions).toMatchObject([{ state: 'failed' }]);
  });

  it.concurrent('stays with a tunnel whose service is dead, and says so in the end by its exit code', async (t) => {
    const stage = await openStage(t);
    const [port, dead] = [await freePort(), await freePort()];
    const up = stage.start(argsFor(port, dead));
    let said = '';
    up.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const end = once(up, 'close');
    await eventually('the verdict', async () => said.includes('[service-not-answering]'));
    expect((await stage.status()).sessions).toMatchObject([{ state: 'degraded' }]);
    up.kill('SIGTERM');
    expect((await end)[0]).toBe(1);
    await expectNothing(stage, port);
  });

  async function expectNothing(stage: Stage, port: number) {
    expect((await processesOf(stage)).map(({ kind }) => kind)).toEqual([]);
    expect(await stage.records()).toEqual([]);
    expect(await runtimeFiles(stage)).toEqual([]);
    expect(await isPortOpen(port)).toBe(false);
  }
});
