import { buffer, text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { Channel } from '../../src/ops/ssm/channel/channel.ts';
import { realTime } from '../ops/net/support.ts';
import { openOneChannel, PATIENCE, type StageOptions } from '../ops/ssm/channel/channel-stage.ts';
import { exchangeOver, serveExchange } from '../ops/ssm/delivery/exchange-target.ts';
import { noise } from '../ops/ssm/smux/peer.ts';

const begin = (options: StageOptions = { onClient: serveExchange }) => openOneChannel(options);

const exchangeAll = (channel: Channel, count: number, length: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, seed) => exchangeOver(await channel.dial(), seed, length)),
  );

it('50 streams move bytes both ways at once, each as they were sent', async () => {
  const { channel, far } = await begin();
  await exchangeAll(channel, 50, 200_000);
  expect(channel.streams()).toBe(0);
  await expect.poll(() => far.sessions()[0]?.targetSockets, PATIENCE).toBe(0);
});

it('50 streams move bytes both ways through loss, duplicates and reordering', async () => {
  const { channel, far } = await begin();
  // The agent's own repair, at most ten messages a second, sets the pace.
  far.disturb({ lossPercent: 0.5, duplicatePercent: 5, reorderPercent: 10, seed: 3 });
  await exchangeAll(channel, 50, 20_000);
});

it('50 streams move bytes both ways while the socket is cut again and again', async () => {
  const { channel, far, told } = await begin({ onClient: serveExchange, agent: { pace: 'official' } });
  far.cutAfter(400);
  await exchangeAll(channel, 50, 20_000);
  expect(told.words.filter((word) => word === 'resumed').length).toBeGreaterThan(3);
});

it('500 streams at once are all served, and leave nothing behind', async () => {
  const { channel, far } = await begin();
  await exchangeAll(channel, 500, 3_000);
  expect(channel.streams()).toBe(0);
  await expect.poll(() => far.sessions()[0], PATIENCE).toMatchObject({ streams: 0, targetSockets: 0 });
});

it('a stream whose target is refused breaks, and the others go on', async () => {
  const { channel, far, told } = await begin();
  const others = exchangeAll(channel, 5, 300_000);
  await expect.poll(() => far.sessions()[0]?.targetSockets, PATIENCE).toBe(5);
  far.setTargetsRefused(true);
  for (let count = 0; count < 3; count += 1) {
    await expect(buffer(await channel.dial())).rejects.toThrow(
      'the agent could not connect to the remote host',
    );
  }
  far.setTargetsRefused(false);
  expect(told.words).toEqual(['refused', 'refused', 'refused']);
  await others;
  await exchangeAll(channel, 2, 10);
});

it('a target that closes without a byte is an empty answer and not a refusal', async () => {
  const { channel } = await begin({ onClient: (socket) => socket.end() });
  expect(await text(await channel.dial())).toBe('');
});

it('a stream beside one that nobody reads goes on, and the one gets all once somebody does', async () => {
  const answer = noise(1, 3_000_000);
  const { channel } = await begin({
    onClient: (socket) =>
      void socket.once('data', (bytes) => {
        if (bytes.toString() === 'all') socket.end(answer);
        else socket.end(bytes);
      }),
  });
  const stalled = await channel.dial();
  stalled.write('all');
  for (let count = 0; count < 20; count += 1) {
    const stream = await channel.dial();
    stream.write(`ask ${count}`);
    expect(await text(stream)).toBe(`ask ${count}`);
  }
  expect((await buffer(stalled)).equals(answer)).toBe(true);
});

it('a channel whose budget is spent is not taken for dead, and goes on with the bytes it had', async () => {
  const answer = noise(2, 12_000_000);
  const { channel, told } = await begin({
    onClient: (socket) => void socket.once('data', () => socket.end(answer)),
  });
  const stream = await channel.dial();
  stream.write('all');
  await realTime.sleep(2_000);
  expect(await channel.answers(500)).toBe(true);
  expect((await buffer(stream)).equals(answer)).toBe(true);
  expect(told.words).toEqual([]);
});

it('the answer to a client that has ended comes whole', async () => {
  const { channel } = await begin({
    onClient: (socket) => {
      socket.once('data', (bytes) => {
        setTimeout(() => socket.end(Buffer.concat([bytes, noise(3, 500_000)])), 200);
      });
    },
  });
  const stream = await channel.dial();
  stream.end('question');
  const answer = await buffer(stream);
  expect(answer.equals(Buffer.concat([Buffer.from('question'), noise(3, 500_000)]))).toBe(true);
});

it('an old agent, which ends sessions in which it hears nothing, keeps one that is unused', async () => {
  const { channel, far } = await begin({
    onClient: serveExchange,
    instances: [{ id: 'i-0123456789abcdef0', agentVersion: '3.1.1300.0' }],
    agent: { pace: 'none', keepalive: { everyMs: 1_100, patienceMs: 2_000 } },
  });
  await realTime.sleep(3_000);
  await exchangeAll(channel, 2, 1_000);
  expect(far.sessions()).toMatchObject([{ state: 'Connected' }]);
});
