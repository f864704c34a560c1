import { hash } from 'node:crypto';
import { MESSAGE_TYPE } from './protocol.ts';
import { readUuid, writeUuid } from './uuid.ts';

/** One message of the data channel: a binary frame of its websocket. */
export interface Message {
  /** One of `MESSAGE_TYPE`, or a type that we do not know. */
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The place in its direction, from 0; 0 for what is not numbered. */
  readonly sequence: number;
  /** One of `MESSAGE_FLAGS`. */
  readonly flags: number;
  /** A textual version 4 UUID in lower case. */
  readonly id: string;
  /** One of `PAYLOAD_TYPE`. */
  readonly payloadType: number;
  readonly payload: Buffer;
}

/** Bytes of a message before its payload. */
export const HEAD_BYTES = 120;

// Offsets in the head; numbers are big-endian.
const TYPE_AT = 4;
const TYPE_BYTES = 32;
const SCHEMA_AT = 36;
const DATE_AT = 40;
const SEQUENCE_AT = 48;
const FLAGS_AT = 56;
const ID_AT = 64;
const DIGEST_AT = 80;
const DIGEST_BYTES = 32;
const PAYLOAD_TYPE_AT = 112;
const PAYLOAD_LENGTH_AT = 116;

/** The length of the head as the head itself tells it: up to the payload's length. */
const HEADER_LENGTH = 116;
const SCHEMA_VERSION = 1;
const HIGH_HALF = 2 ** 32;

/** Writes a message as the bytes of one websocket frame; the payload is copied. */
export function encodeMessage(message: Message): Buffer {
  const { payload } = message;
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  frame.writeUInt32BE(HEADER_LENGTH, 0);
  frame.write(message.type.padEnd(TYPE_BYTES), TYPE_AT, TYPE_BYTES, 'latin1');
  frame.writeUInt32BE(SCHEMA_VERSION, SCHEMA_AT);
  writeLong(frame, message.createdAt, DATE_AT);
  writeLong(frame, message.sequence, SEQUENCE_AT);
  writeLong(frame, message.flags, FLAGS_AT);
  writeUuid(message.id, frame, ID_AT);
  frame.write(digestOf(payload), DIGEST_AT, DIGEST_BYTES, 'latin1');
  frame.writeUInt32BE(message.payloadType, PAYLOAD_TYPE_AT);
  frame.writeUInt32BE(payload.length, PAYLOAD_LENGTH_AT);
  payload.copy(frame, HEAD_BYTES);
  return frame;
}

/**
 * Reads one websocket frame; undefined when it is not what a correct peer sends. The payload is a view of the frame.
 *
 * The payload is what the frame holds from the end of its head on: like the official ends, nothing here believes the
 * length that is told. What is not numbered and only says "start" or "pause" may be empty and without a digest.
 */
export function decodeMessage(frame: Buffer): Message | undefined {
  if (frame.length < HEAD_BYTES || frame.readUInt32BE(0) !== HEADER_LENGTH) return undefined;
  const type = readType(frame);
  const payload = frame.subarray(HEAD_BYTES);
  const createdAt = readLong(frame, DATE_AT);
  const sequence = readLong(frame, SEQUENCE_AT);
  if (!isPublication(type)) {
    if (createdAt === 0 || !Number.isSafeInteger(sequence)) return undefined;
    if (frame.toString('latin1', DIGEST_AT, DIGEST_AT + DIGEST_BYTES) !== digestOf(payload)) return undefined;
  }
  return {
    type,
    createdAt,
    sequence,
    flags: readLong(frame, FLAGS_AT),
    id: readUuid(frame, ID_AT),
    payloadType: frame.readUInt32BE(PAYLOAD_TYPE_AT),
    payload,
  };
}

function isPublication(type: string): boolean {
  return type === MESSAGE_TYPE.start || type === MESSAGE_TYPE.pause;
}

/** The type without what fills its field up: spaces behind it, or NUL on either side of it. */
function readType(frame: Buffer): string {
  let from = TYPE_AT;
  let to = TYPE_AT + TYPE_BYTES;
  while (from < to && isFiller(frame[from])) from += 1;
  while (to > from && isFiller(frame[to - 1])) to -= 1;
  return frame.toString('latin1', from, to);
}

const SPACE = 0x20;

function isFiller(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0;
}

/** SHA-256 as 32 characters of latin1: node makes that in three quarters of the time that a Buffer takes. */
function digestOf(payload: Buffer): string {
  return hash('sha256', payload, 'binary');
}

// BigInt would cost more than the rest of a head; numbers are exact up to 2^53.
function writeLong(into: Buffer, value: number, at: number): void {
  into.writeUInt32BE(Math.floor(value / HIGH_HALF), at);
  into.writeUInt32BE(value % HIGH_HALF, at + 4);
}

function readLong(from: Buffer, at: number): number {
  return from.readUInt32BE(at) * HIGH_HALF + from.readUInt32BE(at + 4);
}
