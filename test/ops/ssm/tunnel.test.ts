import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSsmApi } from '../../../src/ops/aws/ssm-api.ts';
import type { Forward, SsmGateway, TunnelPlan } from '../../../src/ops/net/plan.ts';
import { createTunnel } from '../../../src/ops/net/tunnel.ts';
import { openChannel } from '../../../src/ops/ssm/channel/open-channel.ts';
import { createSessionBook } from '../../../src/ops/ssm/session-book.ts';
import { createSsmTransport } from '../../../src/ops/ssm/transport.ts';
import { createAttendance } from '../../../src/ops/supervisor/attendance.ts';
import { type RehearsedSsm, startSsm } from '../../../src/rehearsal/ssm/index.ts';
import { freePort, isPortOpen, startEcho, type TestServer } from '../../support/ports.ts';
import { planFor, realTime } from '../net/support.ts';

const KEY = 'AKIDREHEARSED';
const INSTANCE = 'i-0123456789abcdef0';
const name = { id: '0123456789abcdef', pid: 1, project: '/p/.hotpass', log: '/p/.hotpass/logs/staging.log' };
/** Far beyond what any of it takes, on a machine that is busy with other tests. */
const PATIENT = { timeout: 15_000, interval: 20 };

describe('a tunnel over a rehearsed Systems Manager', { timeout: 40_000 }, () => {
  let echo: TestServer;
  let far: RehearsedSsm;
  let ports: number[];
  const stops: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    echo = await startEcho();
    ports = [await freePort(), await freePort()];
    far = await startSsm({
      hosts: { 'api.internal': `127.0.0.1:${echo.port}`, 'web.internal': `127.0.0.1:${echo.port}` },
    });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    // Nothing is left over there, whatever was done to it.
    expect(far.sessions().filter(({ state }) => state !== 'Terminated')).toEqual([]);
    await far.close();
    await echo.close();
    for (const port of ports) expect(await isPortOpen(port)).toBe(false);
  });

  const make = async (ssm: Partial<SsmGateway> = {}, plan: Partial<TunnelPlan> = {}) => {
    const log: string[] = [];
    const notes: string[] = [];
    const env = {
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: 'FAKE-SECRET',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_SSM: far.url,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
    const book = createSessionBook(realTime, {
      write: async () => {},
      onFailed: () => {},
      log: (text) => log.push(text),
    });
    const gateway: SsmGateway = { instance: { id: INSTANCE }, channels: 1, client: 'native', ...ssm };
    const forwards = ['api', 'web'].map(
      (name, index): Forward => ({
        name,
        host: `${name}.internal`,
        port: 4200,
        localPort: ports[index] ?? 0,
        probe: 'tcp',
      }),
    );
    const tunnel = createTunnel(realTime, {
      plan: { ...planFor(0), via: 'ssm', ssm: gateway, forwards, holdMs: 20_000, timeoutMs: 20_000, ...plan },
      transport: createSsmTransport(realTime, {
        ssm: gateway,
        forwards: plan.forwards ?? forwards,
        name: { label: 'staging', id: name.id },
        log: (text) => {
          log.push(text);
        },
        onNote: (text) => notes.push(text),
        onOver: book.strike,
        settled: book.settled,
        openApi: async () => book.watch(await createSsmApi(env, {})),
        findInstance: async (api, _wish, signal) => {
          const [found] = await api.findInstances([{ key: 'InstanceIds', values: [INSTANCE] }], signal);
          if (found === undefined) throw new Error('no instance');
          return found;
        },
        openChannel: (open, signal) => openChannel(realTime, open, signal),
      }),
      attendance: createAttendance(realTime),
      name,
      log: (text) => {
        log.push(text);
      },
      handles: { admit: () => () => {} },
      warnings: () => [],
      isLent: () => false,
    });
    stops.push(async () => {
      await tunnel.stop(0);
      expect(book.open()).toEqual([]);
    });
    const look = () => tunnel.look(60_000);
    return { tunnel, log, notes, book, look, state: async () => (await look()).state };
  };

  /** A client that is connected, and says something when it is asked to. */
  const join = async (port = ports[0] ?? 0) => {
    const client = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    stops.unshift(async () => client.destroy());
    expect(await say(client, 'hello')).toBe('hello');
    return client;
  };
  const say = (client: Socket, text: string) =>
    new Promise<string>((resolve) => {
      client.once('data', (bytes: Buffer) => resolve(bytes.toString()));
      client.once('close', () => resolve('closed'));
      client.write(text);
    });
  /** A connection for one word: the far side never hears that a client has said all. */
  const echoed = async (port = 0, text = '') => {
    const client = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    const said = await say(client, text);
    client.destroy();
    return said;
  };
  const ofForward = (host: string) =>
    far.sessions().filter(({ parameters, state }) => parameters.host?.[0] === host && state !== 'Terminated');

  it('is ready, carries bytes, and says by what', async () => {
    const { tunnel, look } = await make({ reason: 'a look', channels: 2 });
    await tunnel.start();
    expect(await look()).toMatchObject({
      state: 'ready',
      through: expect.stringMatching(`^SSM session to ${INSTANCE} "bastion-a.*", agent 3.3.987.0$`),
      forwards: [
        {
          layers: {
            transport: { state: 'ok', how: expect.stringMatching(/^2 of 2 SSM sessions; session operator-/) },
            service: { state: 'ok' },
          },
        },
        {},
      ],
    });
    expect(await Promise.all(ports.map((port) => echoed(port, 'hello')))).toEqual(['hello', 'hello']);
    expect(far.sessions().map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => `hotpass staging ${name.id}: a look`),
    );
  });

  it.each(['cutSockets', 'sayBye'] as const)(
    'keeps its connections over a lost socket (%s)',
    async (fault) => {
      const { tunnel, look, state } = await make();
      await tunnel.start();
      const clients = [await join(ports[0]), await join(ports[1])];
      far[fault]();
      expect(await Promise.all(clients.map((client) => say(client, 'still here')))).toEqual([
        'still here',
        'still here',
      ]);
      await expect.poll(state, PATIENT).toBe('ready');
      expect((await look()).breaks).toMatchObject([
        { reason: expect.stringMatching(/, resumed$/), kept: 2, lost: 0 },
      ]);
      expect(far.sessions().length).toBe(2);
    },
  );

  it('holds newcomers while the gateway is away, and tells the next try', async () => {
    const { tunnel, look, state } = await make();
    await tunnel.start();
    const client = await join();
    far.setGatewayAway(true);
    await expect.poll(async () => (await look()).retry?.attempt ?? 0, PATIENT).toBeGreaterThanOrEqual(3);
    const said = say(client, 'kept');
    const held = echoed(ports[0] ?? 0, 'held');
    expect(await look()).toMatchObject({
      state: 'reconnecting',
      forwards: [{ layers: { transport: { state: 'failed' } } }, {}],
    });
    far.setGatewayAway(false);
    expect(await Promise.all([said, held])).toEqual(['kept', 'held']);
    await expect.poll(state, PATIENT).toBe('ready');
    expect((await look()).breaks).toMatchObject([{ kept: 2, lost: 0 }]);
  });

  it('resets the clients of a session that cannot be resumed, opens a new one, and says so', async () => {
    const { tunnel, look, state, log } = await make();
    await tunnel.start();
    const client = await join();
    far.refuseResume(2, 'no-token');
    far.cutSockets();
    await expect.poll(() => client.destroyed, PATIENT).toBe(true);
    expect(await echoed(ports[0] ?? 0, 'again')).toBe('again');
    await expect.poll(state, PATIENT).toBe('ready');
    expect((await look()).breaks).toMatchObject([
      { reason: expect.stringMatching(/, new session$/), kept: expect.any(Number), lost: 1 },
    ]);
    expect(log).toContainEqual(expect.stringMatching(/^api: operator-\S+ is over: /));
    await expect.poll(() => ofForward('api.internal').length, PATIENT).toBe(1);
  });

  it('says what the service says of an end, and replaces the session without touching others', async () => {
    const { tunnel, log, state } = await make({ channels: 2 });
    await tunnel.start();
    far.closeChannels('Session reached its maximum duration');
    await expect.poll(() => ofForward('api.internal').length, PATIENT).toBe(2);
    await expect.poll(state, PATIENT).toBe('ready');
    expect(log).toContainEqual(expect.stringContaining('Session reached its maximum duration'));
  });

  it('opens a session that the idle time-out ended when a client comes, and not before', async () => {
    const { tunnel, log } = await make();
    await tunnel.start();
    far.closeChannels('Your session timed out due to inactivity');
    await expect.poll(() => log.filter((line) => line.includes('session-idle')).length, PATIENT).toBe(2);
    await realTime.sleep(100);
    expect(far.sessions().length).toBe(2);
    expect(await echoed(ports[0] ?? 0, 'awake')).toBe('awake');
    expect(ofForward('api.internal').length).toBe(1);
  });

  it('needs a login when its credentials have expired, keeps its connections, and goes on by itself', async () => {
    const { tunnel, look, state } = await make();
    await tunnel.start();
    const client = await join();
    far.setStanding(KEY, 'expired');
    far.cutSockets();
    await expect.poll(state, PATIENT).toBe('needs-login');
    expect(await look()).toMatchObject({
      code: 'credentials-expired',
      hint: expect.any(String),
      next: 'hotpass net up staging',
    });
    far.setStanding(KEY, 'good');
    const said = say(client, 'kept');
    await tunnel.attended(new AbortController().signal, true);
    expect(await said).toBe('kept');
    await expect.poll(state, PATIENT).toBe('ready');
    expect((await look()).breaks).toMatchObject([{ kept: 1, lost: 0 }]);
  });

  it('gives a service whose name leads elsewhere by now one fresh session', async () => {
    const { tunnel, state, log } = await make();
    await tunnel.start();
    const moved = await startEcho();
    stops.push(() => moved.close());
    await echo.close();
    for (const host of ['api.internal', 'web.internal']) far.setHost(host, `127.0.0.1:${moved.port}`);
    await tunnel.look(0);
    await expect.poll(state, PATIENT).toBe('ready');
    expect(log).toContainEqual(expect.stringMatching(/takes the place of/));
    expect(await echoed(ports[0] ?? 0, 'moved')).toBe('moved');
    await expect.poll(() => ofForward('api.internal').length, PATIENT).toBe(1);
    echo = await startEcho();
  });

  it('goes on with its sockets after a sleep when they are still there, and resumes them when not', async () => {
    const { tunnel, state, look } = await make();
    await tunnel.start();
    const client = await join();
    tunnel.timePassed?.('the machine slept 41 s');
    await expect.poll(state, PATIENT).toBe('ready');
    expect((await look()).breaks).toEqual([]);
    far.setStalled(true);
    tunnel.timePassed?.('the machine slept 41 s');
    await realTime.sleep(200);
    far.cutSockets();
    far.setStalled(false);
    expect(await say(client, 'kept')).toBe('kept');
    await expect.poll(state, PATIENT).toBe('ready');
    expect(far.sessions().length).toBe(2);
  });

  it('leaves nothing over there when it does not come up', async () => {
    far.setHost('web.internal', '169.254.169.254:80');
    const { tunnel } = await make();
    await expect(tunnel.start()).rejects.toMatchObject({ code: 'remote-forbidden' });
    const states = far.sessions().map(({ state }) => state);
    expect(states.length).toBeGreaterThanOrEqual(2);
    expect(new Set(states)).toEqual(new Set(['Terminated']));
  });

  it('leaves nothing over there when it is stopped while it starts', async () => {
    const { tunnel } = await make({ channels: 8 });
    const starting = tunnel.start().catch((error: unknown) => error);
    await expect.poll(() => far.sessions().length, { interval: 1 }).toBeGreaterThan(0);
    await tunnel.stop(0);
    expect(await starting).toMatchObject({ code: 'interrupted' });
    expect(far.sessions().every(({ state }) => state === 'Terminated')).toBe(true);
  });
});
