import { PAYLOAD_BYTES } from '../message/protocol.ts';
import type { Clock } from './clock.ts';

/** Cuts a stream of bytes into payloads; their borders mean nothing to anybody. */
export interface Packer {
  /** Takes bytes; the buffer may be used again after the call. */
  add(bytes: Buffer): void;
  /** Hands on at once what waits for more. */
  flush(): void;
}

/**
 * Makes a packer that hands each payload of at most 1024 bytes to `emit`, which must copy it. Full ones go at once;
 * what is less waits for others that came in at the same moment, but for no later ones. A payload is never looked
 * into: the official client turns one that is a single line feed into a carriage return, this one does not.
 */
export function createPacker(soon: Clock['soon'], emit: (payload: Buffer) => void): Packer {
  const waiting = Buffer.allocUnsafeSlow(PAYLOAD_BYTES);
  let filled = 0;
  let isDue = false;
  const flush = () => {
    if (filled === 0) return;
    const payload = waiting.subarray(0, filled);
    filled = 0;
    emit(payload);
  };
  const onSoon = () => {
    isDue = false;
    flush();
  };
  const fill = (bytes: Buffer, from: number) => {
    const taken = bytes.copy(waiting, filled, from);
    filled += taken;
    if (filled === PAYLOAD_BYTES) flush();
    return from + taken;
  };
  return {
    flush,
    add(bytes) {
      let at = filled > 0 ? fill(bytes, 0) : 0;
      for (; bytes.length - at >= PAYLOAD_BYTES; at += PAYLOAD_BYTES)
        emit(bytes.subarray(at, at + PAYLOAD_BYTES));
      if (at < bytes.length) fill(bytes, at);
      if (filled === 0 || isDue) return;
      isDue = true;
      soon(onSoon);
    },
  };
}
