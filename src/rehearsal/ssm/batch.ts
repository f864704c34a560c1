import type { Duplex } from 'node:stream';

/** Binary websocket frames that leave together: one write for all that is sent in one moment. */
export interface Batch {
  add(payload: Buffer): void;
  /** Writes now what waits. */
  flush(): void;
}

const FINAL_BINARY = 0x82;
const SHORT = 126;
const MOST_16_BIT = 0xffff;

/** Makes a batch on the socket of a server, whose frames are not masked (RFC 6455, 5.2). */
export function createBatch(socket: Duplex): Batch {
  let payloads: Buffer[] = [];
  const flush = () => {
    if (payloads.length === 0) return;
    const all = frame(payloads);
    payloads = [];
    if (socket.writable) socket.write(all);
  };
  return {
    add(payload) {
      if (payloads.length === 0) queueMicrotask(flush);
      payloads.push(payload);
    },
    flush,
  };
}

function frame(payloads: readonly Buffer[]): Buffer {
  let length = 0;
  for (const payload of payloads) length += headLength(payload) + payload.length;
  const all = Buffer.allocUnsafe(length);
  let at = 0;
  for (const payload of payloads) {
    all[at] = FINAL_BINARY;
    const head = headLength(payload);
    if (head === 2) all[at + 1] = payload.length;
    else if (head === 4) {
      all[at + 1] = SHORT;
      all.writeUInt16BE(payload.length, at + 2);
    } else {
      all[at + 1] = SHORT + 1;
      all.writeBigUInt64BE(BigInt(payload.length), at + 2);
    }
    payload.copy(all, at + head);
    at += head + payload.length;
  }
  return all;
}

function headLength(payload: Buffer): number {
  if (payload.length < SHORT) return 2;
  return payload.length <= MOST_16_BIT ? 4 : 10;
}
