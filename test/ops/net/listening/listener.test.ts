import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createGate, type Gate } from '../../../../src/ops/net/listening/gate.ts';
import { type ForwardListener, openListener } from '../../../../src/ops/net/listening/listener.ts';
import type { OpenTransport } from '../../../../src/ops/net/transport.ts';
import { exchange } from '../../../real/support/clients.ts';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../../../support/ports.ts';
import { echoed, fakeTransport, realTime } from '../support.ts';

describe('a listener', () => {
  let echo: TestServer;
  let port: number;
  let gate: Gate;
  let isFull = false;
  const told: (string | undefined)[] = [];
  const held: (boolean | 'cut')[] = [];
  const opened: ForwardListener[] = [];
  beforeEach(async () => {
    [echo, port] = [await startEcho(), await freePort()];
    gate = createGate(realTime);
    isFull = false;
    told.length = 0;
    held.length = 0;
  });
  afterEach(async () => {
    for (const listener of opened.splice(0)) {
      await listener.stopListening();
      listener.cutClients();
    }
    await echo.close();
  });

  const open = async (bind: readonly string[], holdMs = 5_000): Promise<ForwardListener> => {
    const forward = { name: 'api', host: 'h', port: 1, localPort: port, probe: 'tcp' as const };
    const onTraffic = (refusal?: string) => told.push(refusal);
    const onHeld = (served: boolean) => held.push(served);
    const onCut = () => held.push('cut');
    const handles = { admit: () => (isFull ? undefined : () => {}) };
    const listener = await openListener(realTime, {
      forward,
      bind,
      gate,
      handles,
      holdMs,
      onTraffic,
      onHeld,
      onCut,
    });
    opened.push(listener);
    return listener;
  };
  const way = (): Promise<OpenTransport> => fakeTransport(echo.port).open(new AbortController().signal);
  const refusal = (bind: readonly string[]): Promise<unknown> => open(bind).catch((error: unknown) => error);

  it('resets at once whom there are no open files for', async () => {
    const listener = await open(['127.0.0.1']);
    isFull = true;
    const refused = await exchange(port, 'hello');
    expect(refused).toMatchObject({ outcome: 'ECONNRESET' });
    expect(listener.traffic()).toMatchObject({ total: 1, refused: 1, held: 0, active: 0 });
    // Traffic, at its beginning and its end; no refusal of its own for each, which a full log would be.
    expect(new Set(told)).toEqual(new Set([undefined]));
  });

  it('serves every address, and counts clients and bytes both ways', async () => {
    const listener = await open(['127.0.0.1', '::1']);
    expect(listener.listening()).toBe(true);
    gate.open(await way());
    expect(await echoed(port, 'hello')).toBe('hello');
    await expect
      .poll(() => listener.traffic())
      .toEqual({
        active: 0,
        held: 0,
        total: 1,
        refused: 0,
        sentBytes: 5,
        receivedBytes: 5,
      });
    expect(await isPortOpen(port, '::1')).toBe(true);
  });

  it('listens nowhere when one of its addresses is taken, and names that', async () => {
    const other = await startServer(port, '::1', (socket) => socket.resume());
    onTestFinished(other.close);
    expect(await refusal(['127.0.0.1', '::1'])).toMatchObject({
      code: 'port-busy',
      message: `[::1]:${port} for api is already in use`,
      details: { port, address: '::1', forward: 'api' },
    });
    expect(await isPortOpen(port, '127.0.0.1')).toBe(false);
  });

  it('refuses an address that is not of this machine', async () => {
    expect(await refusal(['127.0.0.1', '192.0.2.1'])).toMatchObject({
      code: 'bind-invalid',
      message: '192.0.2.1 is not an address of this machine',
    });
    expect(await isPortOpen(port)).toBe(false);
  });

  it('holds clients while there is no way, and sends them away when it is too long', async () => {
    const listener = await open(['127.0.0.1'], 100);
    const client = echoed(port, 'hello');
    await expect.poll(() => listener.traffic().held, { interval: 5 }).toBe(1);
    expect(await client).toBe('ECONNRESET');
    expect(listener.traffic()).toMatchObject({ held: 0, refused: 1, total: 1 });
    expect(told).toContain('no way to the far side within 0.1 s');
    expect(held).toEqual([false]);
  });

  it('tells of who was held and is served, and not of who did not have to wait', async () => {
    await open(['127.0.0.1']);
    const client = echoed(port, 'held');
    await expect.poll(() => opened[0]?.traffic().held, { interval: 5 }).toBe(1);
    gate.open(await way());
    expect(await client).toBe('held');
    expect(await echoed(port, 'at once')).toBe('at once');
    expect(held).toEqual([true]);
  });

  it('holds nobody for longer than once, however often the way comes and goes', async () => {
    await open(['127.0.0.1'], 300);
    const transport = fakeTransport(echo.port);
    const began = performance.now();
    const client = echoed(port, 'hello');
    let isOver = false;
    const flapping = (async () => {
      while (!isOver) {
        const lost = await transport.open(new AbortController().signal);
        await lost.close();
        gate.open(lost);
        await realTime.sleep(20);
        gate.shut();
        await realTime.sleep(20);
      }
    })();
    expect(await client).toBe('ECONNRESET');
    isOver = true;
    await flapping;
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  it('forgets a client that goes away while it is held', async () => {
    const listener = await open(['127.0.0.1']);
    const client = connect({ port, host: '127.0.0.1' });
    await expect.poll(() => listener.traffic().held).toBe(1);
    client.resetAndDestroy();
    gate.open(await way());
    await expect.poll(() => listener.traffic()).toMatchObject({ held: 0, active: 0 });
    await expect.poll(() => echo.open()).toBe(0);
  });

  it('lets go of a held client that resets its connection', async () => {
    const listener = await open(['127.0.0.1']);
    const client = connect({ port, host: '127.0.0.1' });
    await expect.poll(() => listener.traffic().held).toBe(1);
    client.resetAndDestroy();
    await expect.poll(() => listener.traffic().held).toBe(0);
  });

  it.runIf(process.platform === 'linux').each(['127.0.0.1', '::1'])(
    'lets go of held clients of %s that gave up, and keeps those that only wait for an answer',
    async (address) => {
      const listener = await open([address]);
      const patient = echoed(port, 'patient', address);
      const impatient = connect({ port, host: address });
      impatient.write('do this, and at once');
      await expect.poll(() => listener.traffic().held).toBe(2);
      impatient.destroy();
      await expect
        .poll(async () => {
          await listener.forgetLeft();
          return listener.traffic().held;
        })
        .toBe(1);
      gate.open(await way());
      expect(await patient).toBe('patient');
      expect(held).toEqual([true]);
    },
  );

  it.runIf(process.platform === 'linux')(
    'passes on nothing of who gave up before the way was there',
    async () => {
      const listener = await open(['127.0.0.1']);
      const impatient = connect({ port, host: '127.0.0.1' });
      impatient.write('do this, and at once');
      await expect.poll(() => listener.traffic().held).toBe(1);
      await new Promise<void>((resolve) => impatient.destroy().once('close', () => resolve()));
      gate.open(await way());
      await expect.poll(() => listener.traffic().held).toBe(0);
      expect(await echoed(port, 'next')).toBe('next');
      expect([echo.accepted(), echo.received()]).toEqual([1, 4]);
      expect(listener.traffic()).toMatchObject({ refused: 0, total: 2 });
    },
  );

  it('refuses who the far side refuses, while the way stays', async () => {
    const transport = fakeTransport(echo.port);
    await open(['127.0.0.1']);
    gate.open(await transport.open(new AbortController().signal));
    transport.refuse = true;
    expect(await echoed(port, 'hello')).toBe('ECONNRESET');
    expect(told).toContain('refused by the far side');
    transport.refuse = false;
    expect(await echoed(port, 'again')).toBe('again');
  });

  it('takes no new clients when it stops, and cuts the others when told so', async () => {
    const listener = await open(['127.0.0.1']);
    gate.open(await way());
    const client = connect({ port, host: '127.0.0.1' });
    const broken = new Promise((resolve) => client.once('error', resolve));
    await expect.poll(() => listener.traffic().active).toBe(1);
    await listener.stopListening();
    expect(listener.listening()).toBe(false);
    expect(await isPortOpen(port)).toBe(false);
    expect(listener.cutClients()).toBe(1);
    expect(await broken).toMatchObject({ code: 'ECONNRESET' });
  });
});
