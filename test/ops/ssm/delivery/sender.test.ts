import { describe, expect, it } from 'vitest';
import { createSender } from '../../../../src/ops/ssm/delivery/sender.ts';
import { decodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { FLAG, PAYLOAD_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { createVirtualTime } from '../../../support/virtual-time.ts';

/** A sender whose frames are kept, with the numbers of their messages in the order of their sending. */
function openSender(mostUnackedBytes?: number) {
  const time = createVirtualTime();
  const frames: Buffer[] = [];
  let rooms = 0;
  const sender = createSender({
    clock: time.clock,
    onRoom: () => {
      rooms += 1;
    },
    ...(mostUnackedBytes !== undefined && { mostUnackedBytes }),
  });
  const messages = () => frames.flatMap((frame) => decodeMessage(frame) ?? []);
  return {
    time,
    sender,
    frames,
    messages,
    attach: () => sender.attach((frame) => void frames.push(frame)),
    /** The numbers that were sent since the last call. */
    sent: () => {
      const numbers = messages().map(({ sequence }) => sequence);
      frames.length = 0;
      return numbers;
    },
    rooms: () => rooms,
    /** Sends `count` messages of their own, and none of them waits for another. */
    sendEach(count: number) {
      for (let left = count; left > 0; left -= 1) sender.send(PAYLOAD_TYPE.output, Buffer.from([left & 255]));
    },
    /** Gives it a time to the agent and back of `ms`. */
    learn(ms: number) {
      sender.send(PAYLOAD_TYPE.output, Buffer.from('x'));
      const [sequence = 0] = messages()
        .map((message) => message.sequence)
        .slice(-1);
      time.pass(ms);
      sender.acknowledged(sequence);
      frames.length = 0;
    },
  };
}

describe('what is written', () => {
  it('goes in messages of at most 1024 bytes, numbered from 0, and arrives as it was', () => {
    const { sender, time, attach, messages } = openSender();
    attach();
    const bytes = Buffer.from(Array.from({ length: 40_001 }, (_, at) => (at * 7) & 255));
    for (let at = 0; at < bytes.length; at += 4097) sender.write(bytes.subarray(at, at + 4097));
    time.pass(0);
    expect(messages().map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, at) => at));
    expect(Buffer.concat(messages().map(({ payload }) => payload)).equals(bytes)).toBe(true);
    expect(messages().every(({ payload }) => payload.length <= 1024)).toBe(true);
    expect(messages().every(({ type, flags }) => type === 'input_stream_data' && flags === 0)).toBe(true);
  });

  it('may be a lone line feed', () => {
    const { sender, time, attach, messages } = openSender();
    attach();
    sender.write(Buffer.alloc(1024, 'x'));
    sender.write(Buffer.from('\n'));
    time.pass(0);
    expect(messages().map(({ payload }) => payload.length)).toEqual([1024, 1]);
    expect(messages()[1]?.payload.toString()).toBe('\n');
  });

  it('is put together when it comes at one moment, and no later', () => {
    const { sender, time, attach, messages } = openSender();
    attach();
    sender.write(Buffer.from('a'));
    sender.write(Buffer.from('b'));
    time.pass(0);
    sender.write(Buffer.from('c'));
    time.pass(0);
    expect(messages().map(({ payload }) => payload.toString())).toEqual(['ab', 'c']);
  });

  it('may lie in a buffer that is used again', () => {
    const { sender, time, attach, messages } = openSender();
    attach();
    const buffer = Buffer.alloc(1500, 'x');
    sender.write(buffer);
    buffer.fill('y');
    time.pass(0);
    expect(Buffer.concat(messages().map(({ payload }) => payload)).toString()).toBe('x'.repeat(1500));
  });

  it('stays before a message of another kind that is sent after it', () => {
    const { sender, time, attach, messages } = openSender();
    attach();
    sender.write(Buffer.from('a'));
    const flag = Buffer.alloc(4);
    flag.writeUInt32BE(FLAG.terminateSession);
    sender.send(PAYLOAD_TYPE.flag, flag);
    time.pass(0);
    expect(messages().map(({ payloadType }) => payloadType)).toEqual([
      PAYLOAD_TYPE.output,
      PAYLOAD_TYPE.flag,
    ]);
    expect(messages()[1]?.payload).toEqual(Buffer.from([0, 0, 0, 2]));
  });

  it('waits while there is no socket, and all of it goes with the next', () => {
    const { sender, time, attach, sent } = openSender();
    sender.write(Buffer.alloc(2048));
    time.pass(60_000);
    attach();
    expect(sent()).toEqual([0, 1]);
  });
});

describe('unacknowledged bytes', () => {
  it('are bounded, and there is room again when a quarter has gone', () => {
    const { sender, attach, rooms } = openSender(100 * 1144);
    attach();
    expect(sender.write(Buffer.alloc(99 * 1024))).toBe(true);
    expect(sender.write(Buffer.alloc(1024))).toBe(false);
    expect(sender.unackedBytes()).toBe(100 * 1144);
    for (let sequence = 0; sequence < 24; sequence += 1) sender.acknowledged(sequence);
    expect([sender.hasRoom(), rooms()]).toEqual([false, 0]);
    sender.acknowledged(24);
    expect([sender.hasRoom(), rooms()]).toEqual([true, 1]);
  });

  it('count also where a message carries next to nothing', () => {
    const { sender, attach, sendEach } = openSender(1144);
    attach();
    sendEach(10);
    expect(sender.hasRoom()).toBe(false);
  });

  it('are stored before they are sent: an acknowledgement may come at once', () => {
    const { sender, time } = openSender();
    const acked: string[] = [];
    sender.attach((frame) => sender.acknowledged(decodeMessage(frame)?.sequence ?? -1));
    sender.send(PAYLOAD_TYPE.flag, Buffer.alloc(4), () => acked.push('flag'));
    expect(acked).toEqual(['flag']);
    expect([sender.unackedBytes(), time.waiting()]).toEqual([0, 0]);
  });

  it('are told of once, however often they are acknowledged', () => {
    const { sender, attach } = openSender();
    attach();
    let acked = 0;
    sender.send(PAYLOAD_TYPE.flag, Buffer.alloc(4), () => {
      acked += 1;
    });
    for (const sequence of [0, 0, 1, -1, 2 ** 52]) sender.acknowledged(sequence);
    expect(acked).toBe(1);
  });
});

describe('a message that is not acknowledged', () => {
  it('is sent again, the same to the byte, ever more rarely, and for ever', () => {
    const { time, frames, attach, learn, sendEach } = openSender();
    attach();
    learn(10);
    sendEach(1);
    const times: number[] = [];
    for (let ms = 0; ms < 20_000; ms += 1) {
      const before = frames.length;
      time.pass(1);
      if (frames.length > before) times.push(ms + 1);
    }
    // 10 ms to the agent and back, varying by as much as that: 30 ms, then twice as much and so on, at most 2 s.
    expect(times.slice(0, 7)).toEqual([30, 90, 210, 450, 930, 1890, 3810]);
    expect(times.slice(7, 9)).toEqual([5810, 7810]);
    expect(times.length).toBe(15);
    expect(new Set(frames.map((frame) => frame.toString('hex'))).size).toBe(1);
  });

  it('is sent again at once when ten milliseconds later ones have arrived', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(3);
    time.pass(9);
    sender.acknowledged(2);
    sender.acknowledged(3);
    expect(sent()).toEqual([1, 2, 3]);
    time.pass(9.9);
    expect(sent()).toEqual([]);
    time.pass(0.2);
    expect(sent()).toEqual([1]);
    time.pass(5);
    expect(sent()).toEqual([]);
  });

  it('goes together with all others that got lost', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(2000);
    sent();
    time.pass(10);
    sender.acknowledged(2000);
    time.pass(10.1);
    expect(sent()).toEqual(Array.from({ length: 1999 }, (_, at) => at + 1));
  });

  it('is asked for by four messages when nothing at all is acknowledged, and the rest follows their answer', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(2000);
    sent();
    time.pass(31);
    const probe = sent();
    expect(probe).toEqual([1, 2, 3, 4]);
    time.pass(10);
    for (const sequence of probe) sender.acknowledged(sequence);
    expect(sent().length).toBe(1996);
  });

  it('floods nobody: an agent that has stalled for a minute with 4 MiB is sent next to nothing', () => {
    const { sender, time, attach, learn, sent } = openSender();
    attach();
    learn(10);
    while (sender.write(Buffer.alloc(1024)));
    sent();
    time.pass(60_000);
    expect(sent().length).toBeLessThan(150);
  });

  it('is not sent again when acknowledgements keep coming, however late they are', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(3000);
    sent();
    // A slow line: each message takes a millisecond of it, so that the last one is 3 s late.
    for (let sequence = 1; sequence <= 3000; sequence += 1) {
      time.pass(1);
      sender.acknowledged(sequence);
    }
    expect(sent()).toEqual([]);
    expect(sender.unackedBytes()).toBe(0);
  });

  it('waits longer where messages overtake each other by more and more', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    const needless: number[] = [];
    for (let pair = 0; pair < 50; pair += 1) {
      const [late, early] = [1 + 2 * pair, 2 + 2 * pair];
      sendEach(2);
      time.pass(10);
      sender.acknowledged(early);
      // 25 ms behind the one that was sent after it.
      time.pass(25);
      const copies = sent().filter((sequence) => sequence === late).length;
      if (copies > 1) needless.push(pair);
      for (let left = copies; left > 0; left -= 1) sender.acknowledged(late);
    }
    expect(needless).toEqual([0, 1]);
  });

  it('has its time also where nothing was sent for a minute before', () => {
    const { time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    time.pass(60_000);
    sendEach(1);
    time.pass(29);
    expect(sent()).toEqual([1]);
    time.pass(2);
    expect(sent()).toEqual([1]);
  });

  it('says nothing about the time to the agent once it was sent twice', () => {
    const { sender, time, attach, learn, sendEach } = openSender();
    attach();
    learn(10);
    sendEach(1);
    time.pass(500);
    sender.acknowledged(1);
    expect(sender.rttMs()).toBe(10);
  });
});

describe('one timer', () => {
  it('waits while something is unacknowledged, and none when nothing is', () => {
    const { sender, time, attach, sendEach } = openSender();
    attach();
    expect(time.waiting()).toBe(0);
    sendEach(100);
    expect(time.waiting()).toBe(1);
    for (let sequence = 0; sequence < 100; sequence += 1) sender.acknowledged(sequence);
    expect(time.waiting()).toBe(0);
  });

  it('and none without a socket', () => {
    const { sender, time, attach, sendEach } = openSender();
    attach();
    sendEach(3);
    sender.detach();
    expect(time.waiting()).toBe(0);
    sendEach(3);
    expect(time.waiting()).toBe(0);
  });
});

describe('after a resume', () => {
  it('all that is unacknowledged goes at once, in its order and once', () => {
    const { sender, time, attach, sendEach, sent } = openSender();
    attach();
    sendEach(3000);
    sender.acknowledged(5);
    time.pass(100);
    sender.detach();
    sent();
    time.pass(120_000);
    expect(sent()).toEqual([]);
    attach();
    expect(sent()).toEqual([0, 1, 2, 3, 4, ...Array.from({ length: 2994 }, (_, at) => at + 6)]);
    sender.start();
    expect(sent()).toEqual([]);
  });
});

it('another socket may be slower: what the last one took says nothing', () => {
  const { sender, time, attach, learn, sendEach, sent } = openSender();
  attach();
  learn(10);
  sendEach(1);
  time.pass(20);
  sender.detach();
  attach();
  sent();
  time.pass(390);
  expect(sent()).toEqual([]);
  sender.acknowledged(1);
  expect(sender.rttMs()).toBe(390);
});

describe('while the agent is away', () => {
  it('nothing is sent, and all goes when it is there again', () => {
    const { sender, time, attach, sendEach, sent } = openSender();
    attach();
    sendEach(2);
    sent();
    sender.pause();
    sendEach(2);
    time.pass(2900);
    expect(sent()).toEqual([]);
    sender.start();
    expect(sent()).toEqual([0, 1, 2, 3]);
  });

  it('and nobody says when it is back, a few messages look for it, and their answer brings the rest', () => {
    const { sender, time, attach, sendEach, sent } = openSender();
    attach();
    sender.pause();
    sendEach(1000);
    expect([sent(), time.waiting()]).toEqual([[], 1]);
    time.pass(9100);
    expect(sent().length).toBe(12);
    sender.heard();
    sender.acknowledged(0);
    expect(sent()).toEqual(Array.from({ length: 988 }, (_, at) => at + 12));
  });

  it('a message of its own says that it is there', () => {
    const { sender, time, attach, sendEach, sent } = openSender();
    attach();
    sendEach(1);
    sender.pause();
    time.pass(1000);
    sent();
    sender.heard();
    expect(sent()).toEqual([0]);
    sender.heard();
    expect(sent()).toEqual([]);
  });

  it('for long, what is lost after that is soon there again', () => {
    const { sender, time, attach, sendEach, sent } = openSender();
    attach();
    sender.pause();
    sendEach(1);
    time.pass(60_000);
    sender.start();
    sender.acknowledged(0);
    sendEach(1);
    sent();
    time.pass(450);
    expect(sent()).toEqual([1]);
  });

  it('and says so over and over, what was sent is not sent each time', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(1000);
    sent();
    for (let times = 0; times < 100; times += 1) {
      sender.pause();
      sender.start();
      time.pass(1);
    }
    expect(sent().length).toBeLessThanOrEqual(4000);
  });

  it('and nobody said so, what is overdue goes when it comes', () => {
    const { sender, time, attach, learn, sendEach, sent } = openSender();
    attach();
    learn(10);
    sendEach(10);
    time.pass(20);
    sendEach(10);
    time.pass(15);
    sent();
    sender.start();
    expect(sent()).toEqual([5, 6, 7, 8, 9, 10]);
  });
});
