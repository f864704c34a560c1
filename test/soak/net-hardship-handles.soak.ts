import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSufferer } from '../real/support/hardship.ts';
import { eventually } from '../real/support/sandbox-processes.ts';
import { startEcho, type TestServer } from '../support/ports.ts';
import { describeReal } from '../support/real.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';

const CLIENTS = 100;
const LIMIT = 64;
/** What must happen at once, on a busy machine. */
const QUICK_MS = 10_000;

interface Client {
  readonly socket: Socket;
  outcome: 'served' | 'refused' | undefined;
}

/** Connects, says something and stays; `outcome` says whether it came back. */
function stay(port: number): Client {
  const socket = connect({ port, host: '127.0.0.1' });
  const client: Client = { socket, outcome: undefined };
  socket.on('connect', () => socket.write('hello'));
  socket.on('data', () => {
    client.outcome = 'served';
  });
  socket.on('error', () => {
    client.outcome = 'refused';
  });
  return client;
}

async function leave(clients: readonly Client[]): Promise<void> {
  const open = clients.filter(({ socket }) => !socket.destroyed);
  for (const { socket } of open) socket.destroy();
  await Promise.all(open.map(({ socket }) => once(socket, 'close')));
}

describeReal('a session that may open few files', ['sshd', 'ssh'], () => {
  let sshd: Sshd;
  let echo: TestServer;
  beforeAll(async () => {
    [sshd, echo] = await Promise.all([startSshd(), startEcho()]);
  });
  afterAll(async () => {
    await sshd?.stop();
    await echo?.close();
  });

  it('refuses clients over its limit at once, says whose limit it is, and is heard all the while', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo, undefined, `ulimit -n ${LIMIT}`);
    const { stage, pid, port } = sufferer;
    expect(await readFile(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max open files +64 +64 /m);
    const clients = Array.from({ length: CLIENTS }, () => stay(port));
    t.onTestFinished(() => leave(clients));
    await eventually('every outcome', async () => clients.every(({ outcome }) => outcome), QUICK_MS);
    const served = clients.filter(({ outcome }) => outcome === 'served').length;
    expect(served).toBeGreaterThanOrEqual(5);
    expect(served).toBeLessThan(LIMIT / 2);

    const warning = `no more clients are taken: this session may open no more than ${LIMIT} files; raise that (ulimit -n) and open it again`;
    expect(await sufferer.warnings()).toEqual([warning]);
    const [session] = (await stage.status()).sessions;
    expect(session?.forwards[0]?.traffic).toMatchObject({
      active: served,
      held: 0,
      refused: CLIENTS - served,
    });
    expect((await sufferer.logged()).filter((line) => !line.startsWith('ssh'))).toEqual([
      'starting -> ready',
      `warning: ${warning}`,
    ]);
    expect((await readdir(`/proc/${pid}/fd`)).length).toBeLessThan(LIMIT);

    // Its clients are reset; ssh is started again with what was kept back.
    await sufferer.reconnect();
    await sufferer.carries();
    expect(clients.every(({ outcome }) => outcome === 'refused')).toBe(true);
    expect(await sufferer.warnings()).toEqual([]);
    const more = Array.from({ length: CLIENTS }, () => stay(port));
    t.onTestFinished(() => leave(more));
    await eventually('every outcome', async () => more.every(({ outcome }) => outcome), QUICK_MS);
    expect(await sufferer.warnings()).toEqual([warning]);
    await leave(more);
    await eventually('room', async () => (await sufferer.warnings()).length === 0, QUICK_MS);
    await sufferer.carries();
    const last = Array.from({ length: CLIENTS }, () => stay(port));
    t.onTestFinished(() => leave(last));
    await eventually('every outcome', async () => last.every(({ outcome }) => outcome), QUICK_MS);
    expect(await sufferer.down()).toBe('');
  });

  it('holds who comes during a reconnect only as far as it can serve them', async (t) => {
    const sufferer = await openSufferer(t, sshd, echo, undefined, `ulimit -n ${LIMIT}`);
    await sshd.halt();
    t.onTestFinished(() => sshd.restart().catch(() => {}));
    await eventually(
      'the break',
      async () => (await sufferer.stage.status()).sessions[0]?.state === 'reconnecting',
    );
    const clients = Array.from({ length: CLIENTS }, () => stay(sufferer.port));
    t.onTestFinished(() => leave(clients));
    const held = await eventually(
      'the refusals',
      async () => {
        const traffic = (await sufferer.stage.status()).sessions[0]?.forwards[0]?.traffic;
        return traffic !== undefined && traffic.held + traffic.refused === CLIENTS && traffic.held;
      },
      QUICK_MS,
    );
    expect(held).toBeGreaterThanOrEqual(5);
    expect(held).toBeLessThan(LIMIT / 2);
    await sshd.restart();
    await eventually('those that were held', async () => clients.every(({ outcome }) => outcome));
    expect(clients.filter(({ outcome }) => outcome === 'served')).toHaveLength(held);
    await leave(clients);
    await eventually('room', async () => (await sufferer.warnings()).length === 0, QUICK_MS);
    await sufferer.carries();
    expect(await sufferer.down()).toBe('');
  });
});
