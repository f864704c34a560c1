import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { createFate } from '../../../src/rehearsal/ssm/faults.ts';
import { callSsm, type Probe, smux } from '../../support/ssm-probe.ts';
import { knownBytes } from '../../support/ssm-recording.ts';
import { closedWith, openFarStage, SOON, shaken } from './far-stage.ts';

const REFUSED = 1008;

it('decides the fate of messages by its seed', () => {
  const draw = (seed: number) => {
    const fate = createFate({ lossPercent: 5, duplicatePercent: 10, reorderPercent: 20, latencyMs: 7, seed });
    return Array.from({ length: 10_000 }, fate);
  };
  const fates = draw(42);
  expect(draw(42)).toEqual(fates);
  expect(draw(43)).not.toEqual(fates);
  const share = (is: (fate: readonly number[]) => boolean) => fates.filter(is).length / 100;
  expect(share((fate) => fate.length === 0)).toBeCloseTo(5, -0.5);
  expect(share((fate) => fate.length === 2)).toBeCloseTo(9.5, -0.5);
  expect(share((fate) => (fate[0] ?? 0) > 7)).toBeCloseTo(19, -0.5);
  expect(new Set(fates.flat())).toEqual(new Set([7, 17]));
});

it('repairs a download from which messages were lost, doubled and held back', async () => {
  const bytes = knownBytes(100_000);
  const { far, probe } = await openFarStage({ agent: { pace: 'none' } }, {}, (socket) => {
    socket.once('data', () => socket.end(bytes));
  });
  await shaken(probe);
  far.disturb({ lossPercent: 3, duplicatePercent: 20, reorderPercent: 20, latencyMs: 5, seed: 7 });
  probe.frames(smux(0, 3), smux(2, 3, 'go'));
  await expect.poll(() => isWhole(probe), { timeout: 20_000, interval: 20 }).toBe(true);
  expect(probe.bytesOf(3).equals(bytes)).toBe(true);
  const numbers = probe.came.filter(({ type }) => type === 'output_stream_data').map((one) => one.sequence);
  expect(new Set(numbers).size).toBeLessThan(numbers.length);
  expect(numbers).not.toEqual([...numbers].sort((a, b) => a - b));
}, 30_000);

it('delays messages, both ways, without changing their order', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3), smux(2, 3, '0'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('0');
  far.disturb({ latencyMs: 40 });
  const start = performance.now();
  for (let count = 1; count < 10; count += 1) probe.frames(smux(2, 3, String(count)));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('0123456789');
  expect(performance.now() - start).toBeGreaterThanOrEqual(79);
});

it('cuts sockets while sessions and their streams live on', async () => {
  const { far, probe, target } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3));
  await expect.poll(() => target.open(), SOON).toBe(1);
  far.cutSockets();
  await expect.poll(() => probe.closes, SOON).toMatchObject([{ code: 1006 }]);
  expect(far.sessions()).toMatchObject([{ state: 'Disconnected', clientSockets: 0, targetSockets: 1 }]);
  await probe.resume();
  probe.frames(smux(2, 3, 'again'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('again');
  expect(far.sessions()).toMatchObject([{ state: 'Connected', connections: 2 }]);
});

it('cuts each socket after so many messages', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  far.cutAfter(5);
  probe.frames(smux(0, 3));
  for (let count = 0; count < 10; count += 1) probe.frames(smux(2, 3, 'x'));
  await expect.poll(() => probe.closes, SOON).toMatchObject([{ code: 1006 }]);
  far.cutAfter(null);
  await probe.resume();
  probe.ping();
  await expect.poll(() => probe.pongs(), SOON).toBe(1);
});

it('says Bye, which is not the end', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  far.sayBye();
  await expect.poll(() => probe.closes, SOON).toEqual([{ code: 1000, reason: 'Bye' }]);
  await probe.resume();
  expect(probe.came.some(({ type }) => type === 'channel_closed')).toBe(false);
  expect(far.sessions()).toMatchObject([{ state: 'Connected' }]);
});

it('takes each token once, and no other', async () => {
  const { far } = await openFarStage();
  const started = await callSsm(far.url, 'StartSession', {
    Target: 'i-0123456789abcdef0',
    DocumentName: 'AWS-StartPortForwardingSession',
    Parameters: { portNumber: ['80'] },
  });
  const closeOf = async (token: string) => {
    const ws = new WebSocket(started.StreamUrl);
    onTestFinished(() => ws.terminate());
    ws.on('open', () => ws.send(JSON.stringify({ MessageSchemaVersion: '1.0', TokenValue: token })));
    return await new Promise((resolve) => {
      ws.on('close', resolve);
      ws.on('message', () => resolve('open'));
    });
  };
  expect(await closeOf('guessed')).toBe(REFUSED);
  expect(await closeOf(started.TokenValue)).toBe('open');
  expect(await closeOf(started.TokenValue)).toBe(REFUSED);
});

it('has a gateway that goes away and comes back', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  far.setGatewayAway(true);
  await expect.poll(() => probe.closes, SOON).toMatchObject([{ code: 1006 }]);
  await expect(probe.resume()).rejects.toThrow('503');
  far.setGatewayAway(false);
  await probe.resume();
  expect(far.sessions()).toMatchObject([{ state: 'Connected' }]);
});

it('stalls: no message and no pong, until it goes on with all of it', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3), smux(2, 3, 'a'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('a');
  far.setStalled(true);
  probe.ping();
  probe.frames(smux(2, 3, 'b'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([probe.pongs(), String(probe.bytesOf(3)), probe.closes.length]).toEqual([0, 'a', 0]);
  far.setStalled(false);
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('ab');
  await expect.poll(() => probe.pongs(), SOON).toBe(1);
});

it('ends sessions with the words of the service, and leaves nothing', async () => {
  const { far, probe, target } = await openFarStage();
  await shaken(probe);
  probe.frames(smux(0, 3));
  await expect.poll(() => target.open(), SOON).toBe(1);
  far.closeChannels('Your session timed out due to inactivity.');
  expect(await closedWith(probe)).toBe('Your session timed out due to inactivity.');
  await expect.poll(() => target.open(), SOON).toBe(0);
  await expect.poll(() => probe.closes, SOON).toMatchObject([{ code: 1000 }]);
  expect(far.sessions()).toMatchObject([
    { state: 'Terminated', endedBy: 'service', clientSockets: 0, streams: 0, targetSockets: 0 },
  ]);
  await expect(probe.resume()).rejects.toThrow('SessionId');
});

it('ends a session that is terminated by the API, and by the flag', async () => {
  for (const way of ['api', 'agent']) {
    const { far, probe, target } = await openFarStage();
    await shaken(probe);
    probe.frames(smux(0, 3));
    await expect.poll(() => target.open(), SOON).toBe(1);
    if (way === 'api') await callSsm(far.url, 'TerminateSession', { SessionId: probe.sessionId });
    else probe.send(10, Buffer.from([0, 0, 0, 2]));
    expect(await closedWith(probe)).toBe('');
    await expect.poll(() => target.open(), SOON).toBe(0);
    expect(far.sessions()).toMatchObject([{ state: 'Terminated', endedBy: way, targetSockets: 0 }]);
  }
});

it('sends what a test makes up, and tells that the agent is away and back', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  const before = probe.came.length;
  far.publish('pause_publication');
  far.inject(knownFrame());
  far.publish('start_publication');
  const types = () => probe.came.slice(before).map(({ type }) => type);
  await expect.poll(types, SOON).toEqual(['pause_publication', 'made_up', 'start_publication']);
});

it('ends a session that nobody uses, whatever pings there are', async () => {
  const { far, probe } = await openFarStage({ idleMs: 300 });
  await shaken(probe);
  const start = performance.now();
  const pings = setInterval(() => probe.ping(), 20);
  onTestFinished(() => clearInterval(pings));
  probe.frames(smux(3, 0));
  expect(await closedWith(probe)).toBe('Your session timed out due to inactivity.');
  expect(performance.now() - start).toBeGreaterThanOrEqual(299);
  expect(probe.pongs()).toBeGreaterThan(1);
  expect(far.sessions()).toMatchObject([{ endedBy: 'service' }]);
});

it('dials slowly, one target after the other', async () => {
  const { far, probe, target } = await openFarStage();
  await shaken(probe);
  far.setDialDelay(100);
  const start = performance.now();
  probe.frames(smux(0, 3), smux(0, 5), smux(2, 5, 'x'));
  await expect.poll(() => String(probe.bytesOf(5)), SOON).toBe('x');
  expect(performance.now() - start).toBeGreaterThanOrEqual(199);
  expect(target.open()).toBe(2);
});

it.each([
  ['text', 'made up'],
  ['raw', 'no websocket at all'],
] as const)('sends %s of a test, which a client may take badly', async (as, words) => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  const seen = once(probe.socket(), as === 'text' ? 'message' : 'error');
  far.inject(Buffer.from(words).toString('hex'), as);
  expect(String((await seen)[0])).toMatch(as === 'text' ? words : /Invalid WebSocket frame/);
});

it('lives on whatever a client sends', async () => {
  const { far, probe, target } = await openFarStage();
  await shaken(probe);
  for (const operation of [
    'StartSession',
    'DescribeSessions',
    'DescribeInstanceInformation',
    'TerminateSession',
    'Nothing',
  ])
    for (const request of [
      {},
      { Target: 7, Filters: [null, 1], MaxResults: 'x', State: 'Active', SessionId: {} },
    ])
      expect(await callSsm(far.url, operation, request)).toBeDefined();
  for (const path of ['/', '/v1/data-channel/x?role=publish_subscribe', '/v1/data-channel/%00']) {
    const ws = new WebSocket(far.url.replace('http', 'ws') + path);
    const [error] = await once(ws, 'error');
    expect(String(error)).toContain('403');
  }
  for (let length = 0; length < 300; length += 7) probe.raw(Buffer.alloc(length, length));
  probe.frames(smux(0, 3), smux(2, 3, 'still'));
  await expect.poll(() => String(probe.bytesOf(3)), SOON).toBe('still');
  expect(target.open()).toBe(1);
});

it('lets a client that comes again take the place of its older socket', async () => {
  const { far, probe } = await openFarStage();
  await shaken(probe);
  await probe.resume();
  await expect.poll(() => probe.closes, SOON).toMatchObject([{ code: 1006 }]);
  expect(far.sessions()).toMatchObject([{ state: 'Connected', clientSockets: 1, connections: 2 }]);
});

it('lets an agent come late: its request is there once it is', async () => {
  const { probe } = await openFarStage({ agentDelayMs: 700 });
  await shaken(probe);
  const types = probe.came.map(({ type }) => type).filter((type) => type.endsWith('publication'));
  expect(types).toEqual(['pause_publication', 'start_publication']);
});

function isWhole(probe: Probe): boolean {
  return probe.agentSaid().every(({ sequence }, index) => sequence === index) && probe.closed().length === 1;
}

function knownFrame(): string {
  const frame = Buffer.alloc(120, 0x20);
  frame.writeUInt32BE(116);
  frame.write('made_up', 4);
  return frame.toString('hex');
}
