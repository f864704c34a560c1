import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { frame, leadSmux, noise, readFrames, settled } from './peer.ts';

const MIB = 1024 * 1024;

describe('streams that send at the same time', () => {
  it('take turns: a byte is sent within one turn of bulk, and everything arrives whole', async () => {
    const led = leadSmux();
    led.room = 1;
    const bulk = [noise(1, MIB), noise(2, MIB), noise(3, MIB)];
    for (const data of bulk) led.smux.open().write(data);
    await settled();
    const small = led.smux.open();
    small.write('!');
    led.room = 4;
    led.smux.drain();
    expect(readFrames(Buffer.concat(led.writes)).filter(({ id }) => id === 9).length).toBe(2);
    led.room = Number.POSITIVE_INFINITY;
    led.smux.drain();
    const order = readFrames(Buffer.concat(led.writes))
      .filter(({ command, id }) => command === 'PSH' && id < 9)
      .map(({ id }) => id)
      // Before the second stream was there, the first had its turn alone.
      .slice(1);
    const most = order.length - (order.length % 3);
    for (let at = 0; at < most; at += 3) expect(new Set(order.slice(at, at + 3)).size, `turn ${at}`).toBe(3);
    for (const [index, data] of bulk.entries()) expect(led.dataOf(3 + 2 * index).equals(data)).toBe(true);
  });

  it('are held back while there is no room, and go on with it', async () => {
    const led = leadSmux();
    const stream = led.smux.open();
    await settled();
    led.room = 1;
    const data = noise(4, 500_000);
    let isSent = false;
    stream.write(data, () => {
      isSent = true;
    });
    // What follows waits in the stream, which says that it is full.
    expect(stream.write('more')).toBe(false);
    await settled();
    expect(led.writes.length).toBe(2);
    for (let writes = 2; !isSent; writes += 1) {
      expect(led.writes.length).toBe(writes);
      led.room = 1;
      led.smux.drain();
      await settled();
    }
    led.room = Number.POSITIVE_INFINITY;
    led.smux.drain();
    await settled();
    expect(led.dataOf(3).equals(Buffer.concat([data, Buffer.from('more')]))).toBe(true);
  });

  it('fill the messages that a write is cut into', async () => {
    const led = leadSmux();
    const stream = led.smux.open();
    await settled();
    stream.write(noise(5, 200_000));
    expect(led.writes.slice(1, -1).every(({ length }) => length % 1024 === 0)).toBe(true);
  });

  it('lose nothing when one of them is given up in the middle', async () => {
    const led = leadSmux();
    led.room = 2;
    const [one, two] = [led.smux.open(), led.smux.open()];
    one.write(noise(1, MIB));
    two.write(noise(2, MIB));
    one.destroy();
    led.room = Number.POSITIVE_INFINITY;
    led.smux.drain();
    await settled();
    expect(led.dataOf(5).equals(noise(2, MIB))).toBe(true);
    expect(led.dataOf(3).length).toBeLessThanOrEqual(32 * 1024);
    expect(readFrames(Buffer.concat(led.writes)).filter(({ command }) => command === 'FIN').length).toBe(1);
  });
});

describe('the budget of unread bytes', () => {
  /** Sends data to a stream until the budget is spent; gives how many bytes that took. */
  function fill(led: ReturnType<typeof leadSmux>, id: number): number {
    let bytes = 0;
    while (led.budget.at(-1) !== true) {
      led.smux.take(frame('PSH', id, noise(bytes, 1_016)));
      bytes += 1_016;
    }
    return bytes;
  }

  it('lets other streams go on beside one that nobody reads, until it is spent', async () => {
    const led = leadSmux();
    const stalled = led.smux.open(() => false);
    let read = 0;
    const other = led.smux.open((bytes) => {
      read += bytes.length;
      return true;
    });
    for (let sent = 0; sent < 3 * MIB; sent += 32_768) led.smux.take(frame('PSH', 3, noise(1, 32_768)));
    for (let count = 0; count < 10; count += 1) await led.say('PSH', 5, noise(count, 60_000));
    other.write('still here');
    expect(read).toBe(600_000);
    expect(led.dataOf(5).toString()).toBe('still here');
    expect(led.budget).toEqual([]);
    expect(fill(led, 3)).toBeLessThan(1.1 * MIB);
    expect(led.budget).toEqual([true]);
    stalled.destroy();
    expect(led.budget).toEqual([true, false]);
  });

  it('is 4 MiB of all streams together', async () => {
    const led = leadSmux();
    for (let count = 0; count < 4; count += 1) led.smux.open(() => false);
    for (const id of [3, 5, 7]) {
      for (let sent = 0; sent < MIB; sent += 32_768) led.smux.take(frame('PSH', id, noise(1, 32_768)));
    }
    expect(led.budget).toEqual([]);
    expect(fill(led, 9)).toBeGreaterThan(MIB - 4 * 65_536);
  });

  it('has room again once half was read, and everything read is what was sent', async () => {
    const led = leadSmux();
    const stream = led.smux.open();
    const bytes = fill(led, 3);
    expect(bytes).toBeGreaterThanOrEqual(4 * MIB);
    await settled();
    const read: Buffer[] = [];
    while (led.budget.at(-1) === true) read.push(stream.read());
    const half = Buffer.concat(read).length;
    expect(half).toBeGreaterThanOrEqual(2 * MIB - 65_536);
    expect(half).toBeLessThanOrEqual(2 * MIB + 65_536);
    led.smux.take(frame('FIN', 3));
    for await (const chunk of stream) read.push(chunk);
    const sent = Array.from({ length: bytes / 1_016 }, (_, n) => noise(n * 1_016, 1_016));
    expect(Buffer.concat(read).equals(Buffer.concat(sent))).toBe(true);
    expect(led.budget).toEqual([true, false]);
  });

  it('gets back what a stream held that was closed over there and given up here', async () => {
    const led = leadSmux();
    const stream = led.smux.open(() => false);
    await settled();
    const bytes = fill(led, 3);
    await led.say('FIN', 3);
    stream.destroy();
    expect(led.budget).toEqual([true, false]);
    led.smux.open(() => false);
    led.budget.length = 0;
    // Not less than before: nothing of the first stream is counted any more.
    expect(fill(led, 5)).toBeGreaterThanOrEqual(bytes - 65_536);
  });
});

describe('many streams', () => {
  it('are all served at once', async () => {
    const led = leadSmux();
    const streams = Array.from({ length: 500 }, () => led.smux.open());
    const answers = streams.map((stream, index) => {
      stream.end(`question ${index}`);
      return stream.toArray();
    });
    await settled();
    const frames = readFrames(Buffer.concat(led.writes));
    for (const { id, command, data } of frames) if (command === 'PSH') await led.say('PSH', id, data);
    for (const { id, command } of frames) if (command === 'SYN') await led.say('FIN', id);
    for (const [index, chunks] of (await Promise.all(answers)).entries()) {
      expect(Buffer.concat(chunks).toString()).toBe(`question ${index}`);
    }
    expect(led.smux.streams()).toBe(0);
  });

  it('leave nothing behind, however they end', async () => {
    const led = leadSmux();
    const opened: WeakRef<object>[] = [];
    for (let round = 0; round < 10_000; round += 1) {
      const stream = led.smux.open();
      opened.push(new WeakRef(stream));
      const id = 3 + 2 * round;
      stream.end('question');
      if (round % 3 === 0) {
        await settled();
        stream.destroy();
      } else {
        stream.resume();
        await led.say('PSH', id, 'answer');
        await led.say('FIN', id);
      }
      led.writes.length = 0;
    }
    expect(led.smux.streams()).toBe(0);
    await settled();
    collectGarbage();
    expect(opened.filter((stream) => stream.deref() !== undefined).length).toBeLessThan(10);
  });
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
