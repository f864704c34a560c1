import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import type { TunnelPlan } from '../../../src/ops/net/plan.ts';
import { createTunnel } from '../../../src/ops/net/tunnel.ts';
import { createAttendance } from '../../../src/ops/supervisor/attendance.ts';
import { freePort, isPortOpen, startEcho, startServer, type TestServer } from '../../support/ports.ts';
import { echoed, type FakeTransport, fakeTransport, planFor, realTime } from './support.ts';

const name = { id: '0123456789abcdef', pid: 1, project: '/p/.hotpass', log: '/p/.hotpass/logs/staging.log' };
const unreachable = () => new HotpassError('ssh-unreachable', 'bastion has no address');

describe('a tunnel', () => {
  let echo: TestServer;
  let port: number;
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    [echo, port] = [await startEcho(), await freePort()];
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    await echo.close();
    expect(await isPortOpen(port)).toBe(false);
  });

  const make = (transport: FakeTransport, plan: Partial<TunnelPlan> = {}) => {
    const log: string[] = [];
    const tunnel = createTunnel(realTime, {
      plan: planFor(port, plan),
      transport,
      attendance: createAttendance(realTime),
      name,
      log: (text) => log.push(text),
      handles: { admit: () => () => {} },
      warnings: () => ['its own disk is full'],
      isLent: () => false,
    });
    stops.push(() => tunnel.stop(0));
    return { tunnel, log };
  };
  const stateOf = async ({ tunnel }: ReturnType<typeof make>) => (await tunnel.look(60_000)).state;

  it('is ready when the way and the service are, and says so in three layers', async () => {
    const { tunnel } = make(fakeTransport(echo.port));
    await tunnel.start();
    expect(await tunnel.look(1_000)).toMatchObject({
      ...name,
      state: 'ready',
      through: 'a fake',
      warnings: ['its own disk is full'],
      forwards: [
        {
          local: [`127.0.0.1:${port}`],
          layers: {
            port: { state: 'ok', how: 'listening' },
            transport: { state: 'ok', how: 'a fake way' },
            service: { state: 'ok', how: 'TCP open' },
          },
        },
      ],
    });
    expect(await echoed(port, 'hello')).toBe('hello');
  });

  it('throws what stood in the way at the start, and listens no more', async () => {
    const { tunnel } = make(fakeTransport(echo.port, unreachable()));
    await expect(tunnel.start()).rejects.toMatchObject({
      code: 'ssh-unreachable',
      message: 'bastion has no address',
    });
    expect(await isPortOpen(port)).toBe(false);
  });

  it('throws at once when a port is taken, and opens no way', async () => {
    const other = await startServer(port, '127.0.0.1', (socket) => socket.resume());
    const transport = fakeTransport(echo.port);
    const { tunnel } = make(transport);
    await expect(tunnel.start()).rejects.toMatchObject({ code: 'port-busy' });
    expect(transport.count()).toBe(0);
    await other.close();
  });

  it('says what it waited for when its time is over, and leaves nothing open', async () => {
    const { tunnel } = make(fakeTransport(echo.port, 'hangs'), { timeoutMs: 50 });
    await expect(tunnel.start()).rejects.toMatchObject({
      code: 'not-ready',
      message: 'not ready within 0.05 s: a fake is not open yet',
      hint: 'hotpass net logs staging  (more time: --timeout 30s)',
    });
    expect(await isPortOpen(port)).toBe(false);
  });

  it('is degraded, and stays, when only the service is silent', async () => {
    const transport = fakeTransport(await freePort());
    const made = make(transport);
    await made.tunnel.start();
    expect(await made.tunnel.look(60_000)).toMatchObject({
      state: 'degraded',
      code: 'service-not-answering',
      reason: expect.stringMatching(/^api: /),
      next: 'hotpass net logs staging',
      forwards: [{ layers: { transport: { state: 'ok' }, service: { state: 'failed' } } }],
    });
    expect(transport.openWays()).toBe(1);
  });

  it('holds who comes while the way is gone, and serves them over the next one', async () => {
    const transport = fakeTransport(echo.port);
    const made = make(transport);
    await made.tunnel.start();
    const open = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    await expect.poll(async () => (await made.tunnel.look(60_000)).forwards[0]?.traffic?.active).toBe(1);
    transport.tries.push(unreachable());
    transport.lose();
    await expect.poll(() => open.destroyed).toBe(true);
    await expect.poll(() => stateOf(made), { interval: 5 }).toBe('reconnecting');
    const held = Array.from({ length: 5 }, (_, index) => echoed(port, `client ${index}`));
    expect(await Promise.all(held)).toEqual(held.map((_, index) => `client ${index}`));
    await expect.poll(() => stateOf(made)).toBe('ready');
    const { breaks } = await made.tunnel.look(60_000);
    expect(breaks).toMatchObject([{ seconds: expect.any(Number), kept: 5, lost: 1 }]);
    expect(transport.count()).toBe(3);
  });

  it('refuses who was held too long', async () => {
    const transport = fakeTransport(echo.port);
    const made = make(transport, { holdMs: 50 });
    await made.tunnel.start();
    transport.tries.push('hangs');
    transport.lose();
    expect(await echoed(port, 'hello')).toBe('ECONNRESET');
    expect(made.log).toContainEqual(expect.stringMatching(/^api: client refused: no way .* within 0\.05 s$/));
    expect((await made.tunnel.look(60_000)).breaks).toEqual([]);
  });

  it('waits for a login that a person must do, and goes on by itself afterwards', async () => {
    const transport = fakeTransport(echo.port);
    const made = make(transport);
    await made.tunnel.start();
    const refused = new HotpassError('ssh-auth-failed', 'bastion does not accept the login', {
      hint: 'ssh-add KEY',
    });
    transport.tries.push(refused);
    transport.lose();
    await expect.poll(() => stateOf(made)).toBe('needs-login');
    expect(await made.tunnel.look(60_000)).toMatchObject({
      code: 'ssh-auth-failed',
      next: 'hotpass net up staging',
    });
    await expect.poll(() => stateOf(made), { timeout: 20_000 }).toBe('ready');
  });

  describe('over a way that is interrupted', () => {
    const gone = new HotpassError('ssm-failed', 'socket closed by SSM');
    const interrupted = (...forwards: string[]) => ({
      why: gone,
      forwards: new Set(forwards),
      retry: { attempt: 4, inSeconds: 8 },
    });
    const join = async (made: ReturnType<typeof make>, to = port) => {
      const client = connect({ port: to, host: '127.0.0.1' }).on('error', () => {});
      client.write('one');
      await new Promise((resolve) => client.once('data', resolve));
      stops.unshift(async () => client.destroy());
      return { client, look: () => made.tunnel.look(60_000) };
    };

    it('keeps open connections, holds newcomers, tells the next try, and opens no other way', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      const { client, look } = await join(made);
      transport.interrupt(interrupted('api'));
      const held = echoed(port, 'held');
      await expect.poll(async () => (await look()).forwards[0]?.traffic?.held).toBe(1);
      expect(await look()).toMatchObject({
        state: 'reconnecting',
        reason: 'socket closed by SSM',
        retry: { attempt: 4, inSeconds: 8 },
        forwards: [{ layers: { transport: { state: 'failed' } }, traffic: { active: 1 } }],
      });
      transport.interrupt(undefined);
      expect(await held).toBe('held');
      await expect.poll(() => stateOf(made)).toBe('ready');
      expect((await look()).breaks).toMatchObject([
        { reason: 'socket closed by SSM, resumed', kept: 2, lost: 0 },
      ]);
      expect([client.destroyed, transport.count()]).toEqual([false, 1]);
    });

    it('serves the forwards that are reached all the while', async () => {
      const transport = fakeTransport(echo.port);
      const [forward] = planFor(port).forwards;
      const otherPort = await freePort();
      if (forward === undefined) throw new Error('the plan has no forward');
      const forwards = [forward, { ...forward, name: 'web', localPort: otherPort }];
      const made = make(transport, { forwards });
      await made.tunnel.start();
      const { look } = await join(made, otherPort);
      transport.interrupt(interrupted('api'));
      expect(await echoed(otherPort, 'served')).toBe('served');
      expect(await look()).toMatchObject({
        state: 'reconnecting',
        forwards: [
          { layers: { transport: { state: 'failed' } } },
          { layers: { transport: { state: 'ok' } } },
        ],
      });
      const held = echoed(port, 'held');
      await expect.poll(async () => (await look()).forwards[0]?.traffic?.held).toBe(1);
      transport.interrupt(interrupted('web'));
      expect(await held).toBe('held');
      transport.interrupt(undefined);
      await expect.poll(() => stateOf(made)).toBe('ready');
      // One that was connected, and one that was held.
      expect((await look()).breaks).toMatchObject([{ kept: 2, lost: 0 }]);
    });

    it('refuses who was held too long, and still keeps who is connected', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport, { holdMs: 50 });
      await made.tunnel.start();
      const { client, look } = await join(made);
      transport.interrupt(interrupted('api'));
      expect(await echoed(port, 'hello')).toBe('ECONNRESET');
      transport.interrupt(undefined);
      await expect.poll(() => stateOf(made)).toBe('ready');
      expect((await look()).breaks).toMatchObject([{ kept: 1, lost: 1 }]);
      expect(client.destroyed).toBe(false);
    });

    it('needs a login where the login is what is missing, tries at once for who attends, and goes on', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      const why = new HotpassError('login-needed', 'the login has expired', { hint: 'log in' });
      transport.interrupt({ ...interrupted('api'), why });
      expect(await made.tunnel.look(60_000)).toMatchObject({
        state: 'needs-login',
        hint: 'log in',
        next: 'hotpass net up staging',
      });
      await made.tunnel.attended(new AbortController().signal, true);
      expect(transport.wanted.hurry).toBe(1);
      transport.interrupt(interrupted('api'));
      expect(await stateOf(made)).toBe('reconnecting');
      transport.interrupt(undefined);
      await expect.poll(() => stateOf(made)).toBe('ready');
    });

    it('counts connections that were cut while the way as a whole went on', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      const { client, look } = await join(made);
      transport.cut(new HotpassError('ssm-failed', 'session ended by SSM'));
      await expect.poll(() => client.destroyed).toBe(true);
      expect(await stateOf(made)).toBe('ready');
      transport.replaced('new session');
      expect((await look()).breaks).toMatchObject([
        { reason: 'session ended by SSM, new session', kept: 0, lost: 1 },
      ]);
    });

    it('still holds who wants there after a sleep, when the far side answers over what is left', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      transport.interrupt(interrupted('api'));
      made.tunnel.timePassed?.('the machine slept 41 s');
      await expect.poll(async () => (await made.tunnel.look(0)).reason).toBe('socket closed by SSM');
      const held = echoed(port, 'held');
      expect(await stateOf(made)).toBe('reconnecting');
      transport.interrupt(undefined);
      expect(await held).toBe('held');
    });

    it('takes one new way to a service that no longer answers, and asks it again', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      transport.refuse = true;
      transport.onRenew = () => {
        transport.refuse = false;
      };
      expect((await made.tunnel.look(0)).state).toBe('degraded');
      await expect.poll(() => stateOf(made)).toBe('ready');
      transport.onRenew = undefined;
      transport.refuse = true;
      for (let looks = 0; looks < 5; looks += 1) expect((await made.tunnel.look(0)).state).toBe('degraded');
      expect(transport.wanted.renew).toEqual(['api', 'api']);
    });

    it('does not believe what was said before the interruption', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      transport.refuse = true;
      const looking = made.tunnel.look(0);
      transport.interrupt(interrupted('api'));
      transport.refuse = false;
      transport.interrupt(undefined);
      await looking;
      await expect.poll(() => stateOf(made)).toBe('ready');
      expect(made.log.some((line) => line.includes('degraded'))).toBe(false);
    });
  });

  describe('after time passed unnoticed', () => {
    const HOW = 'the machine slept 41 s';

    it('holds clients until the far side has answered, and goes on with the same way', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      const answer = createDeferred<boolean>();
      transport.answer = () => answer.promise;
      made.tunnel.timePassed?.(HOW);
      const held = echoed(port, 'held');
      const looked = await made.tunnel.look(0);
      expect(looked).toMatchObject({
        state: 'reconnecting',
        reason: `${HOW}; asking whether a fake is still there`,
        forwards: [{ layers: { transport: { state: 'failed' } }, traffic: { held: 1 } }],
      });
      answer.resolve(true);
      expect(await held).toBe('held');
      await expect.poll(() => stateOf(made)).toBe('ready');
      expect(transport.count()).toBe(1);
      expect((await made.tunnel.look(60_000)).breaks).toEqual([]);
    });

    it('cuts who hangs on a way that answers no more, and opens another at once', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      const client = connect({ port, host: '127.0.0.1' }).on('error', () => {});
      await expect.poll(async () => (await made.tunnel.look(60_000)).forwards[0]?.traffic?.active).toBe(1);
      transport.answer = () => Promise.resolve(false);
      made.tunnel.timePassed?.(HOW);
      await expect.poll(() => client.destroyed).toBe(true);
      expect(await echoed(port, 'again')).toBe('again');
      await expect.poll(() => stateOf(made)).toBe('ready');
      expect([transport.count(), transport.openWays()]).toEqual([2, 1]);
      const { breaks } = await made.tunnel.look(60_000);
      expect(breaks).toMatchObject([{ reason: `a fake did not outlive that ${HOW}`, lost: 1 }]);
    });

    it('makes the try that waits at once, and counts from the first again', async () => {
      const transport = fakeTransport(echo.port);
      const made = make(transport);
      await made.tunnel.start();
      transport.tries.push(...Array.from({ length: 4 }, unreachable));
      transport.lose();
      // Tries 1 to 4 fail within 3.5 s; the fifth would be made 2.7 to 4 s after the fourth.
      const waiting = () => made.log.some((line) => line.startsWith('try 5 in'));
      await expect.poll(waiting, { timeout: 10_000 }).toBe(true);
      const { retry } = await made.tunnel.look(60_000);
      expect(retry?.attempt).toBe(5);
      expect(retry?.inSeconds).toBeGreaterThanOrEqual(2);
      expect(retry?.inSeconds).toBeLessThanOrEqual(4);
      const woken = performance.now();
      transport.tries.push(unreachable());
      made.tunnel.timePassed?.(HOW);
      await expect.poll(() => stateOf(made), { interval: 10, timeout: 5_000 }).toBe('ready');
      expect(performance.now() - woken).toBeLessThan(1_500);
      expect(made.log).toContain('try 1 in 0.0 s');
      expect(await made.tunnel.look(60_000)).not.toHaveProperty('retry');
    });

    it('says nothing in a session that is just starting', async () => {
      const made = make(fakeTransport(echo.port, 'hangs'));
      const starting = made.tunnel.start().catch((error: unknown) => error);
      made.tunnel.timePassed?.(HOW);
      expect((await made.tunnel.look(0)).state).toBe('starting');
      await made.tunnel.stop(0);
      expect(await starting).toMatchObject({ code: 'interrupted' });
    });
  });

  it('gives up a start that is stopped', async () => {
    const { tunnel } = make(fakeTransport(echo.port, 'hangs'));
    const starting = tunnel.start().catch((error: unknown) => error);
    await expect.poll(() => isPortOpen(port)).toBe(true);
    expect(await tunnel.stop(0)).toEqual({ cutConnections: 0 });
    expect(await starting).toMatchObject({ code: 'interrupted' });
    expect(await tunnel.ended).toBeUndefined();
  });

  it('lets clients finish when it is stopped with patience, and takes no new ones', async () => {
    const { tunnel } = make(fakeTransport(echo.port));
    await tunnel.start();
    const client = connect({ port, host: '127.0.0.1' });
    await new Promise((resolve) => client.once('connect', resolve));
    client.write('one');
    await new Promise((resolve) => client.once('data', resolve));
    const stopped = tunnel.stop(60_000);
    await expect.poll(() => isPortOpen(port)).toBe(false);
    client.write('two');
    const [last] = await new Promise<[Buffer]>((resolve) => client.once('data', (chunk) => resolve([chunk])));
    expect(String(last)).toBe('two');
    client.end();
    expect(await stopped).toEqual({ cutConnections: 0 });
  });

  it('cuts and counts clients when it is stopped without', async () => {
    const transport = fakeTransport(echo.port);
    const { tunnel } = make(transport);
    await tunnel.start();
    const client = connect({ port, host: '127.0.0.1' });
    const broken = new Promise((resolve) => client.once('error', resolve));
    client.write('one');
    await new Promise((resolve) => client.once('data', resolve));
    expect(await tunnel.stop(0)).toEqual({ cutConnections: 1 });
    expect(await broken).toMatchObject({ code: 'ECONNRESET' });
    expect(transport.openWays()).toBe(0);
    expect((await tunnel.look(0)).state).toBe('stopped');
  });

  it('may be stopped twice', async () => {
    const { tunnel } = make(fakeTransport(echo.port));
    await tunnel.start();
    expect(await Promise.all([tunnel.stop(0), tunnel.stop(0)])).toEqual([
      { cutConnections: 0 },
      { cutConnections: 0 },
    ]);
  });
});
