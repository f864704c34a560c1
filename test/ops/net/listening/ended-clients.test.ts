import { connect, Socket } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDeferred } from '../../../../src/deferred.ts';
import type { HotpassError } from '../../../../src/errors.ts';
import { createEndedClients } from '../../../../src/ops/net/listening/ended-clients.ts';
import { createGate } from '../../../../src/ops/net/listening/gate.ts';
import { openListener } from '../../../../src/ops/net/listening/listener.ts';
import { freePort } from '../../../support/ports.ts';
import { frame, type Led, leadSmux, noise } from '../../ssm/smux/peer.ts';
import { realTime } from '../support.ts';

describe('a client over a stream that cannot say that a client has ended', () => {
  let led: Led;
  let port: number;
  beforeEach(async () => {
    port = await freePort();
    led = leadSmux();
    const gate = createGate(realTime);
    const forward = { name: 'api', host: 'h', port: 1, localPort: port, probe: 'tcp' as const };
    const listener = await openListener(realTime, {
      forward,
      bind: ['127.0.0.1'],
      gate,
      handles: { admit: () => () => {} },
      holdMs: 5_000,
      onTraffic: () => {},
      onHeld: () => {},
      onCut: () => {},
    });
    gate.open({
      dial: async (_, receive) => led.smux.open(receive),
      lost: createDeferred<HotpassError>().promise,
      isBreaking: async () => false,
      evidence: () => '',
      close: async () => {},
    });
    onTestFinished(async () => {
      await listener.stopListening();
      listener.cutClients();
    });
  });
  const client = (): Socket =>
    connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  const sent = () => Buffer.concat(led.writes).toString('latin1');

  it('is given up over there once it has closed its connection altogether, and not before all it sent is there', async () => {
    const leaving = client();
    led.room = 1;
    leaving.write('x'.repeat(200_000));
    leaving.end('last words', () => leaving.destroy());
    await expect.poll(() => led.writes.length).toBeGreaterThan(0);
    await realTime.sleep(600);
    expect(led.smux.streams()).toBe(1);
    led.room = Number.POSITIVE_INFINITY;
    led.smux.drain();
    await expect.poll(() => led.smux.streams(), { timeout: 5_000 }).toBe(0);
    expect(led.dataOf(3).toString()).toBe(`${'x'.repeat(200_000)}last words`);
    expect(led.sent().at(-1)).toBe('3 FIN');
  });

  it('is served while it waits for its answer', async () => {
    const waiting = client();
    waiting.end('question');
    await expect.poll(sent).toContain('question');
    await realTime.sleep(1_200);
    expect(led.smux.streams()).toBe(1);
    const answer = waiting.toArray();
    await led.say('PSH', 3, 'answer');
    await led.say('FIN', 3);
    expect(Buffer.concat(await answer).toString()).toBe('answer');
    expect(led.smux.streams()).toBe(0);
  });

  it('reads the whole of an answer that comes while it still sends, and is told later that nobody listens', async () => {
    const sender = client();
    const read: Buffer[] = [];
    let outcome = '';
    sender.on('data', (bytes) => read.push(bytes));
    sender.on('end', () => {
      outcome ||= 'ended';
    });
    const gone = new Promise<void>((resolve) => sender.once('close', () => resolve()));
    const block = Buffer.alloc(64 * 1024);
    const send = () => {
      while (!sender.destroyed && sender.write(block));
    };
    sender.on('drain', send);
    send();
    await expect.poll(() => led.writes.length).toBeGreaterThan(10);
    const answer = noise(1, 600_000);
    for (let at = 0; at < answer.length; at += 30_000)
      led.smux.take(frame('PSH', 3, answer.subarray(at, at + 30_000)));
    await led.say('FIN', 3);
    await expect.poll(() => outcome).toBe('ended');
    expect(Buffer.concat(read).equals(answer)).toBe(true);
    await gone;
  });
});

it('a client of which nothing can be known is given up after ten minutes without a byte, and not before', async () => {
  // Not connected: no table of the kernel has it.
  const client = new Socket();
  let written = 0;
  Object.defineProperty(client, 'bytesWritten', { get: () => written });
  let now = 0;
  const sleepers: (() => void)[] = [];
  const sleep = () => new Promise<void>((resolve) => void sleepers.push(resolve));
  const led = leadSmux();
  const far = led.smux.open();
  const hasLooked = () =>
    expect.poll(() => sleepers.length === 1 || far.destroyed, { interval: 5 }).toBe(true);
  const pass = async (ms: number) => {
    now += ms;
    sleepers.pop()?.();
    await hasLooked();
  };
  createEndedClients({ monotonic: () => now, sleep }).watch(client, far);
  far.end();
  client.emit('end');
  await hasLooked();
  await pass(599_999);
  written = 5;
  await pass(1);
  await pass(599_999);
  expect(far.destroyed).toBe(false);
  await pass(1);
  expect(far.destroyed).toBe(true);
});
