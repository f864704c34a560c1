import { expect } from 'vitest';
import { createExchange } from '../../src/ops/ssm/delivery/exchange.ts';
import { decodeMessage, encodeMessage } from '../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE } from '../../src/ops/ssm/message/protocol.ts';
import { createRandom } from './random.ts';
import { framesIn, RECORDINGS } from './ssm-recording.ts';
import { createVirtualTime } from './virtual-time.ts';

const STASH_MIB = 16;

const recorded = RECORDINGS.flatMap((name) => framesIn(name));
const ODD_NUMBERS = [0, 1, 119, 120, 0x7fffffff, 0x80000000, 0xffffffff];
const ODD_SEQUENCES = [0, 1, 2, 100, 16_384, 16_385, 2 ** 32, 2 ** 53 - 1];
const TYPES = [...Object.values(MESSAGE_TYPE), 'agent_session_state', '', '\0'.repeat(32), 'x'.repeat(40)];
const ODD_PAYLOADS = [
  '',
  '{',
  'null',
  '{"AcknowledgedMessageSequenceNumber":0}',
  '{"AcknowledgedMessageSequenceNumber":9007199254740991}',
  '{"AcknowledgedMessageSequenceNumber":-1}',
  `{"Output":${'['.repeat(5000)}`,
  '{"Output":{"toString":1},"__proto__":null}',
  'x'.repeat(100_000),
].map((text) => Buffer.from(text));

/** Makes hostile frames: recorded ones with damage, well-formed ones with odd contents, and noise. */
function createHostile(seed: number, turn: () => number): () => Buffer {
  const random = createRandom(seed);
  const below = (most: number) => Math.floor(random() * most);
  const one = <T>(all: readonly T[], otherwise: T): T => all[below(all.length)] ?? otherwise;
  const nothing = Buffer.alloc(0);
  const noise = (length: number) => {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) bytes[at] = random() * 256;
    return bytes;
  };
  const damaged = () => {
    const frame = Buffer.from(one(recorded, nothing));
    for (let times = 1 + below(4); times > 0; times -= 1) frame[below(frame.length)] = below(256);
    return frame;
  };
  const withOddNumber = () => {
    const frame = Buffer.from(one(recorded, nothing));
    frame.writeUInt32BE(one(ODD_NUMBERS, 0), one([0, 36, 40, 44, 48, 52, 56, 60, 112, 116], 0));
    return frame;
  };
  const cut = () => {
    const frame = one(recorded, nothing);
    return frame.subarray(0, below(frame.length + 1));
  };
  const lengthened = () => Buffer.concat([one(recorded, nothing), noise(below(200))]);
  const wellFormed = () =>
    encodeMessage({
      type: one(TYPES, ''),
      createdAt: 1 + below(2 ** 40),
      sequence: random() < 0.3 ? one(ODD_SEQUENCES, 0) : turn() + below(random() < 0.5 ? 3 : 40_000),
      flags: one(ODD_NUMBERS, 0),
      id: '00112233-4455-4677-8899-aabbccddeeff',
      payloadType: random() < 0.5 ? below(14) : one(ODD_NUMBERS, 0),
      payload: random() < 0.99 ? one(ODD_PAYLOADS.slice(0, -1), nothing) : one(ODD_PAYLOADS, nothing),
    });
  const kinds = [damaged, withOddNumber, cut, lengthened, wellFormed, wellFormed, () => noise(below(400))];
  return () => one(kinds, damaged)();
}

/** Sends hostile frames to both halves of a channel, and checks that nothing breaks and no memory is filled. */
export function attackExchange(frames: number, seed: number): void {
  const time = createVirtualTime();
  const delivered: number[] = [];
  let bytes = 0;
  let answers = 0;
  const exchange = createExchange({
    clock: time.clock,
    deliver: (type, payload) => {
      delivered.push(type);
      bytes += payload.length;
    },
    onRoom: () => {},
    onClosed: () => {},
  });
  exchange.attach((frame) => {
    answers += 1;
    // Whatever comes, what we say is well-formed.
    if (answers % 100 === 0) expect(decodeMessage(frame)).toBeDefined();
  });
  const next = createHostile(seed, exchange.delivered);
  const before = process.memoryUsage();
  let most = 0;
  for (let count = 0; count < frames; count += 1) {
    if (count % 10 === 0 && exchange.hasRoom()) exchange.write(Buffer.alloc(10));
    exchange.take(next());
    time.pass(0.1);
    if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss - before.rss);
  }
  expect(exchange.unackedBytes()).toBeLessThan(4 * 1024 * 1024 + 2000);
  expect(most / 2 ** 20).toBeLessThan(8 * STASH_MIB);
  // The frames were hostile, and not only noise that is thrown away at once.
  expect(answers).toBeGreaterThan(frames / 20);
  expect([delivered.length > 100, exchange.delivered() === delivered.length, bytes > 0]).toEqual([
    true,
    true,
    true,
  ]);
  // It still works: what is in turn is delivered.
  const turn = exchange.delivered();
  const last = {
    type: MESSAGE_TYPE.output,
    createdAt: 1,
    flags: 0,
    payloadType: 1,
    payload: Buffer.from('still'),
  };
  exchange.take(encodeMessage({ ...last, sequence: turn, id: '00112233-4455-4677-8899-aabbccddeeff' }));
  expect(exchange.delivered()).toBeGreaterThan(turn);
}
