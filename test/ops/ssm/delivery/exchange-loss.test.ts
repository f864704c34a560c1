import { describe, expect, it } from 'vitest';
import { createExchange } from '../../../../src/ops/ssm/delivery/exchange.ts';
import { decodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { createRandom } from '../../../support/random.ts';
import { createVirtualTime } from '../../../support/virtual-time.ts';

/** What a way does to frames: per cent, and milliseconds one way. */
interface Way {
  readonly lost: number;
  readonly doubled: number;
  readonly late: number;
  readonly lateMs: number;
  readonly ms: number;
}

const CLEAN: Way = { lost: 0, doubled: 0, late: 0, lateMs: 0, ms: 10 };

/** Two of our ends, and a way between them that is not to be relied on. Each sees the other as the agent. */
function openPair(way: Way, seed: number) {
  const time = createVirtualTime();
  const random = createRandom(seed);
  const isOne = (perCent: number) => random() * 100 < perCent;
  let frames = 0;
  let isCut = false;
  const openEnd = (passOn: (frame: Buffer) => void) => {
    const got: Buffer[] = [];
    let bytes = 0;
    const end = createExchange({
      clock: time.clock,
      deliver: (_, payload) => {
        got.push(Buffer.from(payload));
        bytes += payload.length;
      },
      onRoom: () => {},
      onClosed: () => {},
    });
    const carry = (frame: Buffer) => {
      frames += 1;
      if (isCut || isOne(way.lost)) return;
      const arrive = () => {
        if (!isCut) passOn(asFromAgent(frame));
      };
      for (let copies = isOne(way.doubled) ? 2 : 1; copies > 0; copies -= 1)
        time.after(way.ms + (isOne(way.late) ? random() * way.lateMs : 0), arrive);
    };
    const attach = () => end.attach(carry);
    attach();
    return { ...end, attach, got: () => Buffer.concat(got), gotBytes: () => bytes };
  };
  const left = openEnd((frame) => right.take(frame));
  const right: ReturnType<typeof openEnd> = openEnd((frame) => left.take(frame));
  return {
    time,
    left,
    right,
    frames: () => frames,
    cut() {
      isCut = true;
      left.detach();
      right.detach();
    },
    resume() {
      isCut = false;
      left.attach();
      right.attach();
    },
  };
}

/** Our ends read what the agent sends, so each frame is made into one of the agent's; the digest is not of the head. */
function asFromAgent(frame: Buffer): Buffer {
  if (decodeMessage(frame)?.type !== MESSAGE_TYPE.input) return frame;
  const copy = Buffer.from(frame);
  copy.write(MESSAGE_TYPE.output.padEnd(32), 4, 'latin1');
  return copy;
}

/** Bytes that show where they come from. */
function someBytes(length: number, seed: number): Buffer {
  const random = createRandom(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = random() * 256;
  return bytes;
}

const ways: readonly (readonly [string, Way, number])[] = [
  ['nothing goes wrong', CLEAN, 100],
  ['5 % are lost', { ...CLEAN, lost: 5 }, 500],
  ['30 % are lost', { ...CLEAN, lost: 30 }, 4000],
  ['all come twice', { ...CLEAN, doubled: 100 }, 100],
  ['half of them are up to 100 ms late', { ...CLEAN, late: 50, lateMs: 100 }, 1000],
  ['it takes 300 ms one way', { ...CLEAN, ms: 300 }, 1000],
  [
    'it takes 300 ms, 5 % are lost, doubled and late',
    { lost: 5, doubled: 5, late: 5, lateMs: 200, ms: 300 },
    8000,
  ],
  ['it takes no time and 1 % are lost', { ...CLEAN, ms: 0, lost: 1 }, 300],
];

describe.each(ways)('where %s', (_, way, mostMs) => {
  it.each([1, 2])(
    'all bytes arrive both ways as they were, in time and without a flood (seed %d)',
    (seed) => {
      const { time, left, right, frames } = openPair(way, seed);
      const [up, down] = [someBytes(300_000, seed + 100), someBytes(200_000, seed + 200)];
      left.write(up);
      right.write(down);
      time.passUntil(
        () => left.gotBytes() >= down.length && right.gotBytes() >= up.length && left.unackedBytes() === 0,
        mostMs,
      );
      time.pass(60_000);
      expect(right.got().equals(up)).toBe(true);
      expect(left.got().equals(down)).toBe(true);
      expect(left.unackedBytes() + right.unackedBytes()).toBe(0);
      // Each message goes once and is acknowledged once, when nothing is lost.
      const messages = Math.ceil(up.length / 1024) + Math.ceil(down.length / 1024);
      expect(frames()).toBeLessThan(messages * 2 * (1.4 + (way.lost + way.doubled + way.late) / 50));
      expect(time.waiting()).toBe(0);
    },
  );

  it('a byte at a time arrives too', () => {
    const { time, left, right } = openPair(way, 4);
    const bytes = someBytes(100, 5);
    for (const byte of bytes) {
      left.write(Buffer.from([byte]));
      time.pass(7);
    }
    time.passUntil(() => right.gotBytes() === bytes.length, mostMs * 3);
    expect(right.got().equals(bytes)).toBe(true);
  });
});

it('a way that becomes a thousand times longer, and loses some, is no reason to send all again and again', () => {
  const way = { ...CLEAN, ms: 0.1 };
  const { time, left, right, frames } = openPair(way, 11);
  const bytes = someBytes(3_000_000, 1);
  let at = 0;
  const writeSome = () => {
    for (; at < bytes.length && left.hasRoom(); at += 32_768) left.write(bytes.subarray(at, at + 32_768));
  };
  left.write(Buffer.alloc(1024));
  time.pass(100);
  Object.assign(way, { ms: 150, lost: 5, doubled: 5, late: 5, lateMs: 50 });
  const before = frames();
  for (let ms = 0; right.gotBytes() < bytes.length + 1024; ms += 10) {
    if (ms > 60_000) throw new Error(`${right.gotBytes()} bytes in a minute`);
    writeSome();
    time.pass(10);
  }
  // Twice as many would be each message and its acknowledgement.
  expect((frames() - before) / (bytes.length / 1024)).toBeLessThan(2 * 1.5);
});

it('a loss among many is repaired in two times to the other end and back, and seldom takes more', () => {
  const { time, left, right } = openPair({ ...CLEAN, lost: 2 }, 7);
  left.write(someBytes(1024, 1));
  time.pass(500);
  const took = [];
  for (let round = 0; round < 50; round += 1) {
    const whole = right.gotBytes() + 100 * 1024;
    left.write(someBytes(100 * 1024, round));
    took.push(time.passUntil(() => right.gotBytes() === whole, 1000));
  }
  took.sort((one, other) => one - other);
  // One way when nothing is lost, and else 10 ms for those that only overtook each other.
  expect(took[0]).toBe(10);
  expect(took[25]).toBeLessThanOrEqual(50);
  expect(took[45]).toBeLessThanOrEqual(100);
});

it('what a cut socket lost is there again one way after the resume, however much it was', () => {
  const { time, left, right, cut, resume } = openPair(CLEAN, 1);
  const bytes = someBytes(3_000_000, 9);
  left.write(bytes);
  time.pass(5);
  cut();
  time.pass(120_000);
  expect(right.gotBytes()).toBe(0);
  resume();
  expect(time.passUntil(() => right.gotBytes() === bytes.length, 1000)).toBe(10);
  expect(right.got().equals(bytes)).toBe(true);
});

it('200 cuts in one transfer lose no byte and bring none twice', () => {
  const { time, left, right, cut, resume } = openPair(
    { ...CLEAN, lost: 1, doubled: 2, late: 5, lateMs: 30 },
    3,
  );
  const [up, down] = [someBytes(800_000, 1), someBytes(800_000, 2)];
  for (let round = 0; round < 200; round += 1) {
    left.write(up.subarray(round * 4000, (round + 1) * 4000));
    right.write(down.subarray(round * 4000, (round + 1) * 4000));
    time.pass(round % 25);
    cut();
    time.pass(round % 7);
    resume();
  }
  time.passUntil(() => right.gotBytes() >= up.length && left.gotBytes() >= down.length, 2000);
  time.pass(10_000);
  expect(right.got().equals(up)).toBe(true);
  expect(left.got().equals(down)).toBe(true);
});
