import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { HotpassError } from '../../../../src/errors.ts';
import { realTime } from '../../net/support.ts';
import { frame, type Led, leadSmux, noise, settled } from './peer.ts';

/** Reads a stream to its end; gives what ended it. */
function watch(stream: Duplex): { readonly chunks: Buffer[]; readonly ends: string[] } {
  const seen = { chunks: [] as Buffer[], ends: [] as string[] };
  stream.on('data', (chunk: Buffer) => seen.chunks.push(chunk));
  for (const name of ['end', 'close'] as const) stream.on(name, () => seen.ends.push(name));
  stream.on('error', (error) => seen.ends.push(error.message));
  return seen;
}

/** Opens a stream whose opening has been sent. */
async function opened(led: Led): Promise<Duplex> {
  const stream = led.smux.open();
  await settled();
  led.sent();
  return stream;
}

describe('opening streams', () => {
  it('numbers them 3, 5, 7, and opens them without waiting for data', async () => {
    const led = leadSmux();
    for (let count = 0; count < 3; count += 1) led.smux.open();
    expect(led.smux.streams()).toBe(3);
    await settled();
    expect(led.sent()).toEqual(['3 SYN', '5 SYN', '7 SYN']);
  });

  it('sends the opening together with what is written at once', async () => {
    const led = leadSmux();
    led.smux.open().write('GET');
    await settled();
    expect(led.writes.length).toBe(1);
    expect(led.sent()).toEqual(['3 SYN', '3 PSH 3']);
  });

  it('says nothing of a stream that was given up at once', async () => {
    const led = leadSmux();
    led.smux.open().destroy();
    await settled();
    expect(led.sent()).toEqual([]);
    expect(led.smux.streams()).toBe(0);
  });

  it('gives the reason when the session is over', () => {
    const led = leadSmux();
    const why = new HotpassError('ssm-failed', 'the session is over');
    led.smux.end(why);
    expect(() => led.smux.open()).toThrow(why);
  });
});

describe('reading', () => {
  it('gives each stream its own bytes, in order', async () => {
    const led = leadSmux();
    const [one, two] = [watch(await opened(led)), watch(await opened(led))];
    await led.say('PSH', 5, 'b');
    await led.say('PSH', 3, 'a');
    await led.say('PSH', 5, 'bb');
    expect(Buffer.concat(one.chunks).toString()).toBe('a');
    expect(Buffer.concat(two.chunks).toString()).toBe('bbb');
  });

  it('can be left to any reader of node', async () => {
    const led = leadSmux();
    const sent = noise(1, 300_000);
    const [piped, iterated] = [await opened(led), await opened(led)];
    const read = buffer(piped);
    const pieces = (async () => {
      const all: Buffer[] = [];
      for await (const chunk of iterated) {
        all.push(chunk);
        await settled();
      }
      return Buffer.concat(all);
    })();
    for (const id of [3, 5]) {
      for (let at = 0; at < sent.length; at += 1_000)
        led.smux.take(frame('PSH', id, sent.subarray(at, at + 1_000)));
      led.smux.take(frame('FIN', id));
    }
    expect((await read).equals(sent)).toBe(true);
    expect((await pieces).equals(sent)).toBe(true);
  });

  it('hands bytes over when they are wanted so, waits after a no, and ends behind the last of them', async () => {
    const led = leadSmux();
    const taken: string[] = [];
    let isFree = false;
    const stream = led.smux.open((bytes) => {
      taken.push(Buffer.from(bytes).toString());
      return isFree;
    });
    stream.on('end', () => taken.push('end'));
    await led.say('PSH', 3, 'one');
    await led.say('PSH', 3, 'two');
    await led.say('FIN', 3);
    expect(taken).toEqual(['one']);
    isFree = true;
    stream.resume();
    await settled();
    expect(taken).toEqual(['one', 'two', 'end']);
  });

  it('passes on in one piece what came together', async () => {
    const led = leadSmux();
    const sizes: number[] = [];
    led.smux.open((bytes) => {
      sizes.push(bytes.length);
      return true;
    });
    for (let count = 0; count < 20; count += 1) led.smux.take(frame('PSH', 3, noise(count, 1_000)));
    await settled();
    expect(sizes.length).toBeLessThanOrEqual(6);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(20_000);
  });

  it('keeps what came before the end for whoever reads later, though the session is over', async () => {
    const led = leadSmux();
    const stream = await opened(led);
    await led.say('PSH', 3, 'answer');
    await led.say('FIN', 3);
    led.smux.end(new HotpassError('ssm-failed', 'over'));
    expect((await buffer(stream)).toString()).toBe('answer');
  });
});

describe('closing', () => {
  it('keeps the end of a writer until the far side has ended, so that its answer comes', async () => {
    const led = leadSmux();
    const stream = await opened(led);
    const seen = watch(stream);
    stream.end('question');
    await settled();
    expect(led.sent()).toEqual(['3 PSH 8']);
    await led.say('PSH', 3, 'answer');
    await led.say('FIN', 3);
    expect(Buffer.concat(seen.chunks).toString()).toBe('answer');
    expect(seen.ends).toEqual(['end', 'close']);
    expect(led.sent()).toEqual(['3 FIN']);
    expect(led.smux.streams()).toBe(0);
  });

  it('answers the end of the far side once, also when nobody has read what came before it', async () => {
    const led = leadSmux();
    const stream = await opened(led);
    await led.say('PSH', 3, 'answer');
    await led.say('FIN', 3);
    expect(led.sent()).toEqual(['3 FIN']);
    await led.say('FIN', 3);
    stream.destroy();
    await settled();
    expect(led.sent()).toEqual([]);
  });

  it('drops what is written to a stream that the far side has closed, and after a while says so', async () => {
    let now = 0;
    const led = leadSmux({ ...realTime, monotonic: () => now });
    const stream = await opened(led);
    const seen = watch(stream);
    await led.say('PSH', 3, 'answer');
    await led.say('FIN', 3);
    stream.write('more');
    now = 1_999;
    stream.write('and more');
    await settled();
    expect(seen.ends).toEqual(['end']);
    now = 2_000;
    stream.write('too much');
    await settled();
    expect(seen.ends).toEqual(['end', 'the remote host has closed this connection', 'close']);
    expect(led.sent()).toEqual(['3 FIN']);
  });

  it('closes a destroyed stream at once, drops what it had to send, and what still comes for it', async () => {
    const led = leadSmux();
    const stream = await opened(led);
    const seen = watch(stream);
    led.room = 1;
    stream.write(noise(1, 200_000));
    stream.destroy();
    led.room = Number.POSITIVE_INFINITY;
    led.smux.drain();
    expect(led.sent()).toEqual(['3 PSH 32760', '3 FIN']);
    await led.say('PSH', 3, 'late');
    await led.say('FIN', 3);
    await settled();
    expect(seen).toEqual({ chunks: [], ends: ['close'] });
    expect(led.sent()).toEqual([]);
    expect(led.wrong).toEqual([]);
  });

  it('breaks all streams with the reason when the session ends, and writes nothing more', async () => {
    const led = leadSmux();
    const seen = [watch(await opened(led)), watch(await opened(led))];
    led.smux.end(new HotpassError('ssm-failed', 'the session timed out'));
    led.smux.take(frame('PSH', 3, 'late'));
    await settled();
    for (const { chunks, ends } of seen) {
      expect(chunks).toEqual([]);
      expect(ends).toEqual(['the session timed out', 'close']);
    }
    expect(led.sent()).toEqual([]);
  });

  it('ends nobody whose stream breaks before somebody listens', async () => {
    const led = leadSmux();
    await opened(led);
    led.smux.end(new HotpassError('ssm-failed', 'over'));
    await settled();
  });
});

describe('what an agent may say', () => {
  it('is answered where it is a keepalive, but never twice in a second', async () => {
    let now = 0;
    const led = leadSmux({ ...realTime, monotonic: () => now });
    await led.say('NOP', 0);
    await led.say('NOP', 0);
    expect(led.sent()).toEqual(['0 NOP']);
    now = 10_000;
    await led.say('NOP', 0);
    expect(led.sent()).toEqual(['0 NOP']);
  });

  it('is left alone where it is about streams that nobody opened here', async () => {
    const led = leadSmux();
    for (const id of [0, 2, 3, 4_294_967_295]) {
      await led.say('SYN', id);
      await led.say('PSH', id, 'who?');
      await led.say('FIN', id);
    }
    expect([led.sent(), led.wrong, led.budget]).toEqual([[], [], []]);
  });

  it('ends the session where it is not smux version 1', async () => {
    const led = leadSmux();
    const seen = watch(await opened(led));
    led.smux.take(Buffer.from('HTTP/1.1 200 OK'));
    await led.say('PSH', 3, 'x');
    expect(led.wrong).toEqual(['the agent sent smux version 72']);
    expect(seen.chunks).toEqual([]);
  });
});
