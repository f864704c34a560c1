import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { createSmux } from '../../src/ops/ssm/smux/session.ts';
import { realTime } from '../ops/net/support.ts';
import { noise } from '../ops/ssm/smux/peer.ts';
import { describeReal, realPath } from '../support/real.ts';

/** Opens a session to the library that the official agent uses, in a process of its own. */
function openPeer(...args: string[]) {
  const peer = spawn(realPath('smux-peer'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const wrong: string[] = [];
  const smux = createSmux(realTime, {
    write: (bytes) => peer.stdin.write(bytes),
    onBudget: (isSpent) => (isSpent ? peer.stdout.pause() : peer.stdout.resume()),
    onProtocolError: (why) => wrong.push(why),
  });
  peer.stdin.on('drain', smux.drain);
  peer.stdin.on('error', () => {});
  peer.stdout.on('data', smux.take);
  onTestFinished(async () => {
    const ended = once(peer, 'exit');
    peer.stdin.end();
    await ended;
    expect(wrong).toEqual([]);
  });
  return {
    smux,
    /** Asks for something and says nothing more. */
    ask(line: string, data: Uint8Array = Buffer.alloc(0)): Duplex {
      const stream = smux.open();
      stream.write(`${line}\n`);
      stream.end(data);
      return stream;
    },
    exited: once(peer, 'exit'),
  };
}

/** The first bytes of SHA-256("0"), SHA-256("1"), … put together. */
function knownBytes(length: number): Buffer {
  const parts: Buffer[] = [];
  for (let n = 0; n * 32 < length; n += 1) parts.push(createHash('sha256').update(`${n}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describeReal('smux beside the library of the official agent', ['smux-peer'], () => {
  it('moves bytes both ways in one stream, each as it was sent', async () => {
    const { smux } = openPeer();
    const stream = smux.open();
    const sent = noise(1, 5_000_000);
    stream.write('echo\n');
    const received: Buffer[] = [];
    let length = 0;
    const all = new Promise<void>((resolve) => {
      stream.on('data', (bytes: Buffer) => {
        received.push(bytes);
        length += bytes.length;
        if (length === sent.length) resolve();
      });
    });
    stream.write(sent);
    await all;
    expect(Buffer.concat(received).equals(sent)).toBe(true);
    stream.destroy();
  });

  it('gets the answer to a question whose asker has ended', async () => {
    const { ask } = openPeer();
    for (const length of [0, 1, 1_017, 100_000]) {
      const data = noise(length, length);
      expect(await text(ask(`sum ${length}`, data))).toBe(sha256(data));
    }
  });

  it('serves 500 streams at once, both ways, and leaves none behind over there', async () => {
    const { smux, ask } = openPeer();
    const down = knownBytes(50_000);
    const answers = Array.from({ length: 500 }, async (_, index) => {
      if (index % 2 === 0) return (await buffer(ask('send 50000'))).equals(down);
      const data = noise(index, 50_000);
      return (await text(ask('sum 50000', data))) === sha256(data);
    });
    expect(smux.streams()).toBe(500);
    expect((await Promise.all(answers)).filter((isRight) => !isRight)).toEqual([]);
    expect(smux.streams()).toBe(0);
    await expect.poll(() => text(ask('count'))).toBe('1');
  });

  it('closes over there what is destroyed here, in the middle of both directions', async () => {
    const { smux, ask } = openPeer();
    for (let count = 0; count < 20; count += 1) {
      const stream = smux.open();
      stream.write(count % 2 === 0 ? 'send 100000000\n' : 'echo\n');
      stream.write(noise(count, 300_000));
      stream.once('data', () => stream.destroy());
    }
    await expect.poll(() => smux.streams()).toBe(0);
    await expect.poll(() => text(ask('count'))).toBe('1');
    expect(await text(ask('sum 5', Buffer.from('hello')))).toBe(sha256(Buffer.from('hello')));
  });

  it('goes on beside a stream that nobody reads', async () => {
    const { smux, ask } = openPeer();
    const stalled = smux.open(() => false);
    stalled.write('send 3000000\n');
    expect(await text(ask('sum 5', Buffer.from('hello')))).toBe(sha256(Buffer.from('hello')));
    expect((await buffer(ask('send 6000000'))).equals(knownBytes(6_000_000))).toBe(true);
    stalled.destroy();
  });

  it('gets all of an answer that is larger than the budget, however slowly it is read', async () => {
    const { ask } = openPeer();
    const read: Buffer[] = [];
    for await (const piece of ask('send 6000000')) {
      read.push(piece);
      if (read.length % 20 === 0) await realTime.sleep(5);
    }
    expect(Buffer.concat(read).equals(knownBytes(6_000_000))).toBe(true);
  });

  it('keeps a session alive, and unused, whose agent wants to hear something', async () => {
    const { ask } = openPeer('1100ms');
    await realTime.sleep(4_500);
    expect(await text(ask('sum 5', Buffer.from('hello')))).toBe(sha256(Buffer.from('hello')));
  });
});
