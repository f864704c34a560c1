import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { noise } from '../smux/peer.ts';

const HEAD_BYTES = 8;
const SUM_BYTES = 64;

/**
 * Serves one connection of a target that is asked for a seed and a length (two uint32): it sends as many bytes of its
 * own, and at the same time reads as many, whose SHA-256 it sends last.
 */
export function serveExchange(socket: Socket): void {
  let head: Buffer = Buffer.alloc(0);
  let left = -1;
  const sum = createHash('sha256');
  socket.on('data', (bytes: Buffer) => {
    let data = bytes;
    if (left < 0) {
      head = Buffer.concat([head, bytes]);
      if (head.length < HEAD_BYTES) return;
      left = head.readUInt32LE(4);
      socket.write(noise(head.readUInt32LE(0), left));
      data = head.subarray(HEAD_BYTES);
    }
    left -= data.length;
    sum.update(data);
    if (left === 0) socket.end(sum.digest('hex'));
  });
  socket.on('error', () => socket.destroy());
}

/** Moves bytes both ways at once over a stream to such a target. Throws unless all arrived as sent, both ways. */
export async function exchangeOver(stream: Duplex, seed: number, length: number): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(seed, 0);
  head.writeUInt32LE(length, 4);
  const sent = noise(seed + 1, length);
  stream.write(head);
  stream.end(sent);
  const read: Buffer[] = [];
  for await (const piece of stream) read.push(piece);
  const all = Buffer.concat(read);
  const down = all.subarray(0, length);
  if (all.length !== length + SUM_BYTES) throw new Error(`stream ${seed}: ${all.length} bytes came`);
  if (!down.equals(noise(seed, length))) throw new Error(`stream ${seed}: other bytes came down`);
  if (all.toString('latin1', length) !== createHash('sha256').update(sent).digest('hex')) {
    throw new Error(`stream ${seed}: other bytes came up`);
  }
}
