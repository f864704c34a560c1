import { randomUUID } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../../src/deferred.ts';
import { createGate } from '../../src/ops/net/listening/gate.ts';
import { openListener } from '../../src/ops/net/listening/listener.ts';
import type { Channel } from '../../src/ops/ssm/channel/channel.ts';
import { openChannel } from '../../src/ops/ssm/channel/open-channel.ts';
import { realTime } from '../ops/net/support.ts';
import { callsTo, startTo } from '../ops/ssm/channel/channel-stage.ts';
import { exchangeOver, serveExchange } from '../ops/ssm/delivery/exchange-target.ts';
import { noise } from '../ops/ssm/smux/peer.ts';
import { openClient, readToEnd } from '../real/support/clients.ts';
import { freePort } from '../support/ports.ts';
import { startFarSide } from '../support/ssm-far-side.ts';

const HOST = 'prefect.staging.internal';

/** Opens a channel to a target of this process, over a far side in another one. */
async function begin(onClient: (socket: Socket) => void = serveExchange) {
  const clients = new Set<Socket>();
  const target = createServer({ allowHalfOpen: true }, (socket) => {
    clients.add(socket.on('close', () => clients.delete(socket)));
    onClient(socket);
  });
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const address = target.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const far = await startFarSide({ hosts: { [HOST]: `127.0.0.1:${port}` }, agent: { pace: 'none' } });
  const words: string[] = [];
  const channel = await openChannel(
    realTime,
    {
      api: callsTo(far.url),
      start: startTo(HOST),
      clientId: randomUUID(),
      listener: {
        onInterrupted: (why) => words.push(why.message),
        onResumed: () => words.push('resumed'),
        onRefusal: (why) => words.push(why),
        onMessage: (text) => words.push(text),
      },
      log: () => {},
    },
    new AbortController().signal,
  );
  onTestFinished(async () => {
    await channel.close();
    await far.close();
    target.close();
    for (const socket of clients) socket.destroy();
  });
  return { channel, far, words, clients };
}

const exchangeAll = (channel: Channel, count: number, length: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, seed) => exchangeOver(await channel.dial(), seed, length)),
  );

describe('streams over one channel', () => {
  it('50 of them move 100 MB both ways at once, each byte as it was sent', async () => {
    const { channel, words } = await begin();
    await exchangeAll(channel, 50, 1_000_000);
    expect(words).toEqual([]);
  });

  it('50 of them get through 5 % loss, duplicates, reordering and 300 ms, both ways', async () => {
    const { channel, far } = await begin();
    await far.order('disturb', {
      lossPercent: 5,
      duplicatePercent: 5,
      reorderPercent: 10,
      latencyMs: 300,
      seed: 7,
    });
    await exchangeAll(channel, 50, 4_000);
  });

  it('go on for 30 s beside one that nobody reads, which then gets all', async () => {
    const answer = noise(1, 3_500_000);
    let isFirst = true;
    const { channel, words } = await begin((socket) => {
      if (isFirst) socket.end(answer);
      else serveExchange(socket);
      isFirst = false;
    });
    const stalled = await channel.dial();
    const until = performance.now() + 30_000;
    let rounds = 0;
    while (performance.now() < until) {
      await exchangeAll(channel, 5, 100_000);
      rounds += 1;
    }
    expect(rounds).toBeGreaterThan(20);
    expect(await channel.answers(2_000)).toBe(true);
    expect((await buffer(stalled)).equals(answer)).toBe(true);
    expect(words).toEqual([]);
  });

  it('are all there after 30 s in which nobody read one that had used up what may lie unread', async () => {
    const answer = noise(2, 20_000_000);
    let isFirst = true;
    const { channel, words } = await begin((socket) => {
      if (isFirst) socket.once('data', () => socket.end(answer));
      else serveExchange(socket);
      isFirst = false;
    });
    const stalled = await channel.dial();
    stalled.write('all');
    await realTime.sleep(1_000);
    const others = exchangeAll(channel, 5, 100_000);
    await realTime.sleep(30_000);
    expect((await buffer(stalled)).equals(answer)).toBe(true);
    await others;
    expect(words).toEqual([]);
  });

  it('10,000 short ones leave no memory, no handle and nothing on the far side', async () => {
    const { channel, far, clients } = await begin();
    const round = async () => {
      for (let count = 0; count < 100; count += 1) await exchangeAll(channel, 20, 100);
      collectGarbage();
      return { heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length };
    };
    const [first, ...more] = [await round(), await round(), await round(), await round(), await round()];
    const last = more.at(-1);
    expect((last?.heap ?? 0) - first.heap).toBeLessThan(2 * 1024 * 1024);
    await expect.poll(() => clients.size).toBe(0);
    expect((last?.handles ?? 0) - first.handles).toBeLessThan(50);
    expect(channel.streams()).toBe(0);
    await expect.poll(far.sessions).toMatchObject([{ streams: 0, targetSockets: 0 }]);
  });

  it('2,000 clients that go without a word leave nothing on the far side', async () => {
    const { channel, far } = await begin((socket) => {
      socket.on('error', () => {});
      // As many services do: it waits for more as long as its client is there.
      socket.once('data', (bytes) => socket.write(bytes)).on('end', () => socket.end());
    });
    const gate = createGate(realTime);
    const port = await freePort();
    const listener = await openListener(realTime, {
      forward: { name: 'api', host: HOST, port: 1, localPort: port, probe: 'tcp' },
      bind: ['127.0.0.1'],
      gate,
      handles: { admit: () => () => {} },
      holdMs: 5_000,
      onTraffic: () => {},
      onHeld: () => {},
      onCut: () => {},
    });
    onTestFinished(async () => {
      await listener.stopListening();
      listener.cutClients();
    });
    gate.open({
      dial: (_, receive) => channel.dial(receive),
      lost: createDeferred<never>().promise,
      isBreaking: async () => false,
      evidence: () => '',
      close: async () => {},
    });
    const visit = async () => {
      const client = await openClient(port);
      client.write('hello');
      await new Promise((resolve) => client.once('data', resolve));
      const ended = readToEnd(client);
      client.destroy();
      await ended;
    };
    for (let count = 0; count < 100; count += 1) await Promise.all(Array.from({ length: 20 }, visit));
    await expect.poll(() => channel.streams(), { timeout: 10_000 }).toBe(0);
    await expect.poll(far.sessions, { timeout: 10_000 }).toMatchObject([{ streams: 0, targetSockets: 0 }]);
    expect(listener.traffic()).toMatchObject({ active: 0, total: 2_000, refused: 0 });
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
