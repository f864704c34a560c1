import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { realTime } from '../../net/support.ts';
import { leadSmux, settled } from './peer.ts';

const REFUSED = 'the agent could not connect to the remote host';

/** A clock whose sleepers are woken by the test. */
function heldTime() {
  const sleepers: (() => void)[] = [];
  let now = 0;
  return {
    sys: {
      ...realTime,
      monotonic: () => now,
      sleep: () => new Promise<void>((resolve) => void sleepers.push(resolve)),
    },
    /** Lets time pass until every sleeper wakes. */
    async pass(ms: number) {
      now += ms;
      for (const wake of sleepers.splice(0)) wake();
      await settled();
    },
  };
}

function endOf(stream: Duplex): string[] {
  const ends: string[] = [];
  stream.resume();
  stream.on('end', () => ends.push('end'));
  stream.on('error', (error) => ends.push(error.message));
  return ends;
}

describe('a stream that the agent could not connect', () => {
  it('breaks when the word comes before its end', async () => {
    const led = leadSmux();
    const ends = endOf(led.smux.open());
    led.smux.refused();
    await led.say('FIN', 3);
    expect(ends).toEqual([REFUSED]);
  });

  it('breaks when the word comes soon after its end', async () => {
    const time = heldTime();
    const led = leadSmux(time.sys);
    const ends = endOf(led.smux.open());
    await led.say('FIN', 3);
    expect(ends).toEqual([]);
    led.smux.refused();
    await settled();
    expect(ends).toEqual([REFUSED]);
    await time.pass(50);
    expect(ends).toEqual([REFUSED]);
  });

  it('is told from others: one word breaks one stream, and none that had a byte', async () => {
    const time = heldTime();
    const led = leadSmux(time.sys);
    const [served, refused, empty] = [led.smux.open(), led.smux.open(), led.smux.open()].map(endOf);
    await led.say('PSH', 3, 'x');
    await led.say('FIN', 3);
    await led.say('FIN', 5);
    await led.say('FIN', 7);
    led.smux.refused();
    await time.pass(50);
    expect([served, refused, empty]).toEqual([['end'], [REFUSED], ['end']]);
  });

  it('has ended without a byte when no word comes within 50 ms', async () => {
    const led = leadSmux();
    const began = performance.now();
    const ends = endOf(led.smux.open());
    await led.say('FIN', 3);
    await expect.poll(() => ends, { interval: 5 }).toEqual(['end']);
    expect(performance.now() - began).toBeGreaterThan(40);
  });

  it('is not looked for after 5 s: an old word breaks no later stream', async () => {
    const time = heldTime();
    const led = leadSmux(time.sys);
    led.smux.refused();
    await time.pass(5_000);
    const ends = endOf(led.smux.open());
    await led.say('FIN', 3);
    await time.pass(50);
    expect(ends).toEqual(['end']);
  });

  it('counts no more words than an agent can have streams to connect', async () => {
    const time = heldTime();
    const led = leadSmux(time.sys);
    for (let count = 0; count < 5_000; count += 1) led.smux.refused();
    const all = Array.from({ length: 1_030 }, () => endOf(led.smux.open()));
    for (let count = 0; count < all.length; count += 1) await led.say('FIN', 3 + 2 * count);
    await time.pass(50);
    expect(all.filter(([end]) => end === REFUSED).length).toBe(1_024);
  });
});
