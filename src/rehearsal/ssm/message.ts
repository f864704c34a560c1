// One message of the data channel, big-endian. The far side's own reading of the format: nothing here is shared with
// the client, so that the two can prove each other wrong. Layout: aws/session-manager-plugin message/clientmessage.go
import { hash, randomFillSync } from 'node:crypto';
import { wallClock } from './clock.ts';

/** What stands before the payload, its length included. */
export const HEAD_BYTES = 120;

const HEADER_LENGTH = 116;
const TYPE_BYTES = 32;
const SCHEMA_VERSION = 1;

/** A message as it came. */
export interface Message {
  readonly type: string;
  readonly sequence: number;
  readonly flags: number;
  /** Lower case, with hyphens. */
  readonly id: string;
  readonly createdAt: number;
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** A message to be sent. */
export interface NewMessage {
  readonly type: string;
  readonly sequence?: number | undefined;
  readonly flags?: number | undefined;
  readonly payloadType?: number | undefined;
  readonly payload: Buffer | string;
}

/** Writes a message with an id and the date of its own. */
export function writeMessage(message: NewMessage): Buffer {
  const payload = typeof message.payload === 'string' ? Buffer.from(message.payload) : message.payload;
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  payload.copy(frame, HEAD_BYTES);
  return fillHead(frame, message);
}

/** Writes the head in front of a payload that is in its place already. */
export function fillHead(frame: Buffer, message: Omit<NewMessage, 'payload'>): Buffer {
  frame.writeUInt32BE(HEADER_LENGTH, 0);
  frame.write(message.type.padEnd(TYPE_BYTES), 4, TYPE_BYTES, 'latin1');
  frame.writeUInt32BE(SCHEMA_VERSION, 36);
  writeUint64(frame, wallClock(), 40);
  writeUint64(frame, message.sequence ?? 0, 48);
  writeUint64(frame, message.flags ?? 0, 56);
  writeNewId(frame, 64);
  // As a text of bytes the digest takes half the time of a buffer.
  frame.write(hash('sha256', frame.subarray(HEAD_BYTES), 'binary'), 80, 'latin1');
  frame.writeUInt32BE(message.payloadType ?? 0, 112);
  frame.writeUInt32BE(frame.length - HEAD_BYTES, 116);
  return frame;
}

/** Reads a frame as the agent does, which looks at header length, type and date only; undefined when it is none. */
export function readMessage(frame: Buffer): Message | undefined {
  if (frame.length < HEAD_BYTES) return undefined;
  const start = frame.readUInt32BE(0) + 4;
  if (start !== HEAD_BYTES) return undefined;
  const type = frame.toString('latin1', 4, 4 + TYPE_BYTES).replace(/[\0\s]+/g, '');
  const createdAt = readUint64(frame, 40);
  if (type === '' || createdAt === 0) return undefined;
  return {
    type,
    createdAt,
    sequence: readUint64(frame, 48),
    flags: readUint64(frame, 56),
    id: readId(frame),
    payloadType: frame.readUInt32BE(112),
    payload: frame.subarray(start),
  };
}

/** Halves are swapped on the wire: bytes 8 to 15 of the id come first. */
function readId(frame: Buffer): string {
  const hex = frame.toString('hex', 72, 80) + frame.toString('hex', 64, 72);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const ID_BYTES = 16;
const pool = Buffer.alloc(ID_BYTES * 256);
let left = 0;

/** A random id of version 4; random bytes are fetched for many at once. */
function writeNewId(frame: Buffer, at: number): void {
  if (left === 0) {
    randomFillSync(pool);
    left = pool.length;
  }
  left -= ID_BYTES;
  pool.copy(frame, at, left, left + ID_BYTES);
  frame[at] = ((frame[at] ?? 0) & 0x3f) | 0x80;
  frame[at + 14] = ((frame[at + 14] ?? 0) & 0x0f) | 0x40;
}

const HALF = 0x1_0000_0000;

/** Numbers here stay far below 2^53; two halves are several times faster than a BigInt. */
function writeUint64(frame: Buffer, value: number, at: number): void {
  frame.writeUInt32BE(Math.floor(value / HALF), at);
  frame.writeUInt32BE(value % HALF, at + 4);
}

function readUint64(frame: Buffer, at: number): number {
  return frame.readUInt32BE(at) * HALF + frame.readUInt32BE(at + 4);
}
