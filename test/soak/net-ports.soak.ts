import { chown } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { expectNothingLeft, tellRefusals } from '../real/support/refusals.ts';
import { runProgram } from '../real/support/run-program.ts';
import { directly, openStage, type Stage } from '../real/support/stage.ts';
import { builtProgram } from '../support/hotpass.ts';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../support/ports.ts';

describe('local ports', () => {
  let echo: TestServer;
  beforeAll(async () => {
    echo = await startEcho();
  });
  afterAll(() => echo?.close());

  const occupy = async (port: number, address: string) => {
    const server = await startServer(port, address, (socket) => socket.resume());
    onTestFinished(server.close);
  };
  const up = (port: number | '', ...more: readonly string[]) => [
    ...directly(`x=${port === '' ? '' : `${port}:`}127.0.0.1:${echo.port}`),
    ...more,
  ];
  const refuse = async (stage: Stage, args: readonly string[], names: Record<number, string>) => {
    const told = await tellRefusals(stage, { up: args }, (text) =>
      Object.entries(names).reduce((all, [number, name]) => all.replaceAll(number, name), text),
    );
    return told
      .replaceAll(stage.root, 'ROOT')
      .replace(/held by \S+( \S+)?, pid PID/, 'held by PROGRAM, pid PID');
  };
  const localPort = async (stage: Stage) =>
    Number((await stage.status()).sessions[0]?.forwards[0]?.local[0]?.split(':').at(-1));

  it.each(['127.0.0.1', '::1'])(
    'that are busy on %s alone are refused with their holder',
    async (address) => {
      const stage = await openStage();
      const port = await freePort();
      await occupy(port, address);
      const told = await refuse(stage, up(port, '--no-auto-port'), { [port]: 'PORT', [process.pid]: 'PID' });
      expect(told).toBe(
        [
          'up (exit 1)',
          `error: port PORT for x is in use on ${address}, held by PROGRAM, pid PID  [port-busy]`,
          '  next    end who holds it, or take another port',
        ].join('\n'),
      );
      await expectNothingLeft(stage);
    },
  );

  it.each(['127.0.0.1', '::1'])('that are busy on %s alone move on, and it is said', async (address) => {
    const stage = await openStage();
    const port = await freePort();
    await occupy(port, address);
    const { code, stderr } = await stage.net(up(port));
    expect(code).toBe(0);
    const got = await localPort(stage);
    expect(got).toBeGreaterThan(port);
    expect(stderr).toMatch(
      new RegExp(`^warning: ${port} is held by .+, pid ${process.pid}; x keeps ${got} from now on$`, 'm'),
    );
  });

  it('that another session of hotpass holds are told with its label and target', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    expect(await stage.net(up(port, '--label', 'first'))).toMatchObject({ code: 0 });
    const [first] = (await stage.status()).sessions;
    const args = up(port, '--label', 'second', '--no-auto-port');
    const told = await tellRefusals(stage, { up: args }, (text) => text.replaceAll(stage.root, 'ROOT'));
    expect(told).toContain(
      `held by hotpass session first (target staging, forward x) of ROOT/p/.hotpass, pid ${first?.pid}  [port-busy]`,
    );
    expect(await stage.net(['down', 'first'])).toMatchObject({ code: 0 });
  });

  it('that belong to another target are refused while nobody listens', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    expect(await stage.net(up(port))).toMatchObject({ code: 0 });
    expect(await stage.net(['down'])).toMatchObject({ code: 0 });
    expect(await isPortOpen(port)).toBe(false);
    const told = await tellRefusals(stage, { up: [...up(port, '--no-auto-port'), 'prod'] });
    expect(told).toContain(
      `port ${port} for x is kept for target staging (label staging) of ${stage.state}  [port-busy]`,
    );
  });

  it('stay with a target: a busy one is refused, and moved when told so', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    expect(await stage.net(up(port))).toMatchObject({ code: 0 });
    await stage.net(['down']);
    await occupy(port, '127.0.0.1');
    const told = await refuse(stage, up(''), { [port]: 'PORT', [process.pid]: 'PID' });
    expect(told).toBe(
      [
        'up (exit 1)',
        'error: port PORT for x is in use on 127.0.0.1; it had this port before, so files may point there, held by PROGRAM, pid PID  [port-busy]',
        '  next    end who holds it, or let it move: --auto-port',
      ].join('\n'),
    );
    const moved = await stage.net(up('', '--auto-port'));
    expect(moved.code).toBe(0);
    const got = await localPort(stage);
    expect(got).not.toBe(port);
    await stage.net(['down']);
    expect(await stage.net(up(''))).toMatchObject({ code: 0, stderr: '' });
    expect(await localPort(stage)).toBe(got);
  });

  it('below 1024 are refused to another user, who is told so', {
    skip: process.getuid?.() !== 0,
  }, async () => {
    const stage = await openStage();
    const NOBODY = 65_534;
    const folders = [stage.root, stage.home, stage.project, ...Object.values(stage.env)];
    for (const folder of folders.filter((path) => path.startsWith(stage.root)))
      await chown(folder, NOBODY, NOBODY);
    const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
    const args = directly(`x=81:127.0.0.1:${echo.port}`);
    const told = await runProgram(
      asNobody,
      [process.execPath, builtProgram, 'net', ...args, '--no-auto-port'],
      stage,
    );
    expect(told).toMatchObject({
      code: 1,
      stderr: [
        'error: this user may not listen on port 81 for x  [port-denied]',
        '  next    take another: --forward x=LOCAL:HOST:PORT',
        '',
      ].join('\n'),
    });
    await expectNothingLeft(stage);
  });

  it('of an address that is not of this machine cannot be had', async () => {
    const stage = await openStage();
    const told = await tellRefusals(stage, { up: up(await freePort(), '--bind', '192.0.2.1') });
    expect(told).toBe(
      [
        'up (exit 2)',
        'warning: --bind 192.0.2.1: whoever reaches that address reaches the services of staging',
        'error: 192.0.2.1 is not an address of this machine  [bind-invalid]',
        '  next    see: ip address',
      ].join('\n'),
    );
    await expectNothingLeft(stage);
  });

  it('never lead back to the session itself', async () => {
    const [stage, port] = [await openStage(), await freePort()];
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '127.1']) {
      const told = await tellRefusals(stage, { up: [...directly(`x=${host}:${port}`), '--no-auto-port'] });
      expect(told).toContain(`port ${port} for x is where forward x leads  [port-busy]`);
    }
    const { code, stdout, stderr } = await stage.net(
      directly(`x=127.0.0.1:${port}`, `y=${port}:127.0.0.1:1`),
    );
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('degraded') });
    expect(stderr).toContain(`warning: ${port} is where forward x leads; x keeps ${port + 1} from now on`);
    expect(stderr).toContain(`warning: ${port} is where forward x leads; y keeps ${port + 2} from now on`);
    expect(await isPortOpen(port)).toBe(false);
  });
});
