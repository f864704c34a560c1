import { spawn } from 'node:child_process';
import { appendFile, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { exchange, openClient, readToEnd } from '../real/support/clients.ts';
import { eventually, onlyPid } from '../real/support/sandbox-processes.ts';
import { openStage, throughSsh } from '../real/support/stage.ts';
import { freePort, startEcho, startServer, type TestServer } from '../support/ports.ts';
import { signalIfAlive } from '../support/processes.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

/** Enough that ssh needs a moment to close their sockets. */
const CLIENTS = 40;

/** A reader that tells an end from a reset; node takes a reset behind some data for an end (libuv, uv__stream_io). */
const READ_TO_END = `
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
count = 0
try:
    while True:
        data = s.recv(65536)
        if not data:
            print('end', flush=True)
            break
        if count < 1000000 <= count + len(data):
            print('reading', flush=True)
        count += len(data)
except ConnectionResetError:
    print('reset', flush=True)
`;

describeReal('a way that breaks', ['sshd', 'ssh', 'python3'], () => {
  let sshd: Sshd;
  let endless: TestServer;
  let echo: TestServer;
  beforeAll(async () => {
    const pour = Buffer.alloc(65_536, 'x');
    const serve = (socket: Socket) => {
      const send = () => {
        while (socket.write(pour));
      };
      socket.on('drain', send);
      send();
    };
    [sshd, endless, echo] = await Promise.all([startSshd(), startServer(0, '127.0.0.1', serve), startEcho()]);
  });
  afterAll(async () => {
    await Promise.all([sshd?.stop(), endless?.close(), echo?.close()]);
  });

  it.each(['ssh', 'the session of sshd'] as const)(
    'resets who is in mid-transfer when %s is killed',
    async (victim) => {
      const stage = await openStage();
      const port = await freePort();
      expect(await stage.net(throughSsh(sshd, `far=${port}:127.0.0.1:${endless.port}`))).toMatchObject({
        code: 0,
      });
      const reader = spawn('python3', ['-c', READ_TO_END, String(port)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const words = createInterface({ input: reader.stdout })[Symbol.asyncIterator]();
      expect((await words.next()).value).toBe('reading');
      if (victim === 'ssh') signalIfAlive(await onlyPid(stage, 'ssh'), 'SIGKILL');
      else await sshd.dropSessions();
      // Never `end`: half a file must not look like a whole one.
      expect((await words.next()).value).toBe('reset');
    },
  );

  it('resets its clients when the connection of ssh ends in an orderly way', async () => {
    const relayed = new Set<Socket>();
    const relay = await startServer(0, '127.0.0.1', (socket) => {
      relayed.add(socket);
      const far = connect({ port: sshd.port, host: '127.0.0.1' });
      far.on('error', () => socket.destroy());
      socket.pipe(far).pipe(socket, { end: false });
    });
    onTestFinished(() => relay.close());
    const stage = await openStage();
    const port = await freePort();
    const up = await stage.net([
      ...throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`),
      ...['--ssh-option', `Port=${relay.port}`, '--ssh-option', `HostKeyAlias=[127.0.0.1]:${sshd.port}`],
    ]);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openClient(port)));
    const ends = clients.map(readToEnd);
    await Promise.all(clients.map((client) => new Promise((resolve) => client.write('x', resolve))));
    await eventually('clients that were answered', async () =>
      clients.every(({ bytesRead }) => bytesRead === 1),
    );
    // ssh says goodbye to a server that may still listen, and closes its sockets one by one before it exits.
    for (const socket of relayed) socket.end();
    const outcomes = (await Promise.all(ends)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array(CLIENTS).fill('ECONNRESET'));
  });

  it('is opened again when somebody removes the folder of its sockets, and can be asked and closed', async () => {
    const stage = await openStage();
    const port = await freePort();
    expect(await stage.net(throughSsh(sshd, `echo=${port}:127.0.0.1:${echo.port}`))).toMatchObject({
      code: 0,
    });
    await rm(stage.runtime, { recursive: true });
    await eventually('a client that is served', async () => {
      const { outcome, received } = await exchange(port, 'again');
      return outcome === 'ended' && String(received) === 'again';
    });
    const isReady = async () => (await stage.status()).sessions[0]?.state === 'ready';
    await eventually('a session that answers', isReady, 15_000);
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
  });

  it('does not wait for what a ProxyCommand left running', async () => {
    const stage = await openStage();
    const port = await freePort();
    await appendFile(
      sshd.configFile,
      `\nHost proxied\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${sshd.user}\n  IdentityFile ${sshd.identity}\n  UserKnownHostsFile ${sshd.knownHosts}\n  HostKeyAlias [127.0.0.1]:${sshd.port}\n  ProxyCommand sh -c 'sleep 30 & exec ssh -F ${sshd.configFile} -W 127.0.0.1:${sshd.port} ${sshd.alias}'\n`,
    );
    const args = throughSsh({ ...sshd, alias: 'proxied' }, `echo=${port}:127.0.0.1:${echo.port}`);
    const up = await stage.net(args);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const started = performance.now();
    expect(await stage.net(['down'])).toMatchObject({ code: 0, stdout: 'staging is down\n' });
    // The one that is left sleeps for 30 s; nobody may wait for it.
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});
