import { once } from 'node:events';
import { readdir, readlink } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { exchange, openClient, readToEnd } from '../real/support/clients.ts';
import { eventually, onlyPid, pidsOf, processesOf } from '../real/support/sandbox-processes.ts';
import { openStage, type Stage, throughSsh } from '../real/support/stage.ts';
import { freePort, isPortOpen, startServer, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

describeReal('net down while a client is served', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let service: TestServer;
  /** The far ends of clients, by the name that each says first; probes say nothing. */
  const serving = new Map<string, Socket>();
  beforeAll(async () => {
    sshd = await startSshd();
    service = await startServer(0, '127.0.0.1', (socket) => {
      socket.once('data', (name) => {
        serving.set(String(name), socket);
        socket.write('first half, ');
      });
      socket.on('end', () => socket.end());
    });
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), service?.close()]);
  });

  const openBusy = async (t: TestContext) => {
    const stage = await openStage(t);
    const port = await freePort();
    const args = throughSsh(sshd, `svc=${port}:127.0.0.1:${service.port}`);
    expect(await stage.net(args)).toMatchObject({ code: 0 });
    const client = await openClient(port);
    const name = String(port);
    client.write(name);
    const all = readToEnd(client);
    await once(client, 'data');
    const finish = () => serving.get(name)?.end('second half');
    return { stage, port, args, all, finish };
  };
  const untilTold = (stage: Stage) =>
    eventually('the end that is told', async () =>
      (await stage.status()).sessions.find(({ state }) => state === 'stopped'),
    );

  it.concurrent('with --drain lets the transfer finish, takes nobody new, and says so meanwhile', async (t) => {
    const { stage, port, all, finish } = await openBusy(t);
    const down = stage.net(['down', '--drain', '20s']);
    const told = await untilTold(stage);
    expect(told.reason).toBe('told to end, 1 open connection may finish first');
    expect((await exchange(port, 'late')).outcome).toBe('ECONNREFUSED');
    expect(await pidsOf(stage, 'ssh')).toHaveLength(1);
    finish();
    expect(String((await all).received)).toBe('first half, second half');
    expect(await down).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(await processesOf(stage)).toEqual([]);
  });

  it.concurrent('without --drain cuts the transfer with a reset, and counts it', async (t) => {
    const { stage, port, all } = await openBusy(t);
    const other = readToEnd(await openClient(port));
    await eventually(
      'both',
      async () => (await stage.status()).sessions[0]?.forwards[0]?.traffic?.active === 2,
    );
    const down = await stage.net(['down', '--json']);
    expect(JSON.parse(down.stdout)).toMatchObject({ ended: [{ outcome: 'stopped', cutConnections: 2 }] });
    expect([(await all).outcome, (await other).outcome]).toEqual(['ECONNRESET', 'ECONNRESET']);
    expect(await isPortOpen(port)).toBe(false);
  });

  it.concurrent('with --drain cuts what is still open when the time is over', async (t) => {
    const { stage, all } = await openBusy(t);
    const down = await stage.net(['down', '--drain', '300ms']);
    expect(down).toMatchObject({ code: 0, stdout: 'staging is down, 1 open connection cut\n' });
    expect((await all).outcome).toBe('ECONNRESET');
  });

  it.concurrent('with a long --drain gives way to a second one without', async (t) => {
    const { stage, all } = await openBusy(t);
    const patient = stage.net(['down', '--drain', '10m']);
    await untilTold(stage);
    const impatient = await stage.net(['down']);
    expect(impatient).toMatchObject({ code: 0, stdout: 'staging is down, 1 open connection cut\n' });
    expect(await patient).toMatchObject({ code: 0 });
    expect((await all).outcome).toBe('ECONNRESET');
  });

  it.concurrent('with --drain may be left by Ctrl-C; the session ends when the transfer does', async (t) => {
    const { stage, all, finish } = await openBusy(t);
    const down = stage.start(['net', 'down', '--drain', '10m']);
    const said = once(down.stderr, 'data');
    const end = once(down, 'close');
    await untilTold(stage);
    down.kill('SIGINT');
    expect((await end)[0]).toBe(1);
    expect(String(await said)).toMatch(/interrupted while staging was ending {2}\[interrupted\]/);
    finish();
    expect((await all).outcome).toBe('ended');
    await eventually('the end', async () => (await processesOf(stage)).length === 0);
    expect(await stage.records()).toEqual([]);
  });

  it.concurrent('with --drain lets it finish too when the background process is only slow', async (t) => {
    const { stage, all, finish } = await openBusy(t);
    const supervisor = await onlyPid(stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGSTOP');
    const down = stage.net(['down', '--drain', '20s']);
    // Longer than it is first waited for an answer; were it shorter, the test would only be an easier one.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    signalIfAlive(supervisor, 'SIGCONT');
    await untilTold(stage);
    finish();
    expect(await down).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    expect(String((await all).received)).toBe('first half, second half');
  });

  it.concurrent('claims nothing when Ctrl-C comes before the session was asked', async (t) => {
    const { stage, all, finish } = await openBusy(t);
    const supervisor = await onlyPid(stage, 'supervisor');
    signalIfAlive(supervisor, 'SIGSTOP');
    const down = stage.start(['net', 'down']);
    const said = once(down.stderr, 'data');
    const end = once(down, 'close');
    const fds = `/proc/${down.pid}/fd`;
    const isSocket = async (fd: string) => (await readlink(`${fds}/${fd}`)).startsWith('socket:');
    // Beside its three streams: it waits for an answer of the session.
    await eventually('the question', async () => {
      const sockets = await Promise.all((await readdir(fds)).map((fd) => isSocket(fd).catch(() => false)));
      return sockets.filter(Boolean).length > 3;
    });
    down.kill('SIGINT');
    expect((await end)[0]).toBe(1);
    expect(String(await said)).toMatch(
      /interrupted before staging was asked to end.*\n.*nothing was changed/,
    );
    signalIfAlive(supervisor, 'SIGCONT');
    expect(await stage.status()).toMatchObject({
      sessions: [{ state: expect.not.stringMatching('stopped') }],
    });
    finish();
    expect(String((await all).received)).toBe('first half, second half');
  });

  it.concurrent('is waited for by a net up of the label, which then opens a new session', async (t) => {
    const { stage, args, all, finish } = await openBusy(t);
    const down = stage.net(['down', '--drain', '20s']);
    await untilTold(stage);
    const up = stage.net(args);
    const done = await Promise.race([up, new Promise((resolve) => setTimeout(resolve, 700, 'waits'))]);
    expect(done).toBe('waits');
    finish();
    expect((await all).outcome).toBe('ended');
    expect(await down).toMatchObject({ code: 0 });
    expect((await up).stdout).toMatch(/staging is up \(/);
    expect(await stage.status()).toMatchObject({ code: 0 });
  });
});
