import { describe, expect, it } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  HEAD_BYTES,
  type Message,
} from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { framesIn, RECORDINGS } from '../../../support/ssm-recording.ts';

const message: Message = {
  type: MESSAGE_TYPE.input,
  createdAt: 1_795_232_000_123,
  sequence: 7,
  flags: 0,
  id: '00112233-4455-4677-8899-aabbccddeeff',
  payloadType: PAYLOAD_TYPE.output,
  payload: Buffer.from('hello'),
};

/** A frame with some of its bytes replaced. */
const altered = (at: number, bytes: string | Buffer, frame = encodeMessage(message)) => {
  const copy = Buffer.from(frame);
  Buffer.from(bytes).copy(copy, at);
  return copy;
};
const numbered = (size: 4 | 8, value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes.subarray(8 - size);
};

describe.each(RECORDINGS)('the recording %s', (name) => {
  it('is read and written again to the same bytes', () => {
    const frames = framesIn(name);
    expect(frames.length).toBeGreaterThan(5);
    for (const bytes of frames) {
      const read = decodeMessage(bytes);
      if (read === undefined) throw new Error(`not read: ${bytes.toString('hex')}`);
      expect(encodeMessage(read).toString('hex')).toBe(bytes.toString('hex'));
    }
  });
});

describe('a message', () => {
  it('lies in its frame as the protocol has it', () => {
    const frame = encodeMessage(message);
    expect(frame.readUInt32BE(0)).toBe(116);
    expect(frame.toString('latin1', 4, 36)).toBe('input_stream_data               ');
    expect(frame.readUInt32BE(36)).toBe(1);
    expect(frame.readBigUInt64BE(40)).toBe(1_795_232_000_123n);
    expect(frame.readBigInt64BE(48)).toBe(7n);
    expect(frame.readBigUInt64BE(56)).toBe(0n);
    expect(frame.toString('hex', 64, 80)).toBe('8899aabbccddeeff0011223344554677');
    expect(frame.toString('hex', 80, 112)).toBe(
      '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    );
    expect(frame.readUInt32BE(112)).toBe(1);
    expect(frame.readUInt32BE(116)).toBe(5);
    expect(frame.toString('latin1', 120)).toBe('hello');
  });

  it('is read as it was written', () => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
  });

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER])('has the number %d', (sequence) => {
    const frame = encodeMessage({ ...message, sequence });
    expect(frame.readBigInt64BE(48)).toBe(BigInt(sequence));
    expect(decodeMessage(frame)?.sequence).toBe(sequence);
  });

  it.each([
    ['NUL behind it', 'acknowledge'.padEnd(32, '\0')],
    ['NUL before it', 'acknowledge'.padStart(32, '\0')],
    ['spaces and NUL', '\0 acknowledge \0'.padEnd(32, '\0')],
  ])('has its type also with %s', (_, type) => {
    expect(decodeMessage(altered(4, type))?.type).toBe('acknowledge');
  });

  it('is kept apart from the buffer that its payload came in', () => {
    const payload = Buffer.from('hello');
    const frame = encodeMessage({ ...message, payload });
    payload.fill(0);
    expect(decodeMessage(frame)?.payload.toString()).toBe('hello');
  });

  it.each([0, 1, 4, 6, 2 ** 31, 2 ** 32 - 1])(
    'has the payload of its frame when it tells %d bytes',
    (told) => {
      expect(decodeMessage(altered(116, numbered(4, BigInt(told))))?.payload.toString()).toBe('hello');
    },
  );
});

describe('no correct peer sends', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a head', encodeMessage(message).subarray(0, HEAD_BYTES - 1)],
    ['text', Buffer.from('{"MessageSchemaVersion":"1.0"}'.repeat(10))],
    ['another length of the head', altered(0, numbered(4, 112n))],
    ['a huge length of the head', altered(0, numbered(4, 0xffffffffn))],
    ['no date', altered(40, numbered(8, 0n))],
    ['a negative number', altered(48, numbered(8, 2n ** 64n - 1n))],
    ['a number that nobody can count to', altered(48, numbered(8, 2n ** 53n))],
    ['another digest', altered(80, 'x')],
    ['another payload', altered(HEAD_BYTES, 'j')],
    ['a payload that was cut', encodeMessage(message).subarray(0, -1)],
  ])('%s', (_, frame) => {
    expect(decodeMessage(frame)).toBeUndefined();
  });
});

it.each([MESSAGE_TYPE.start, MESSAGE_TYPE.pause])('%s may come without date, payload and digest', (type) => {
  const bare = Buffer.alloc(HEAD_BYTES);
  bare.writeUInt32BE(116, 0);
  bare.write(type, 4, 'latin1');
  expect(decodeMessage(bare)).toMatchObject({ type, payload: Buffer.alloc(0) });
});
