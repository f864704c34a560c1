import { describe, expect, it } from 'vitest';
import { createReceiver } from '../../../../src/ops/ssm/delivery/receiver.ts';
import { readAck } from '../../../../src/ops/ssm/message/ack.ts';
import { decodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';

/** A receiver with what it delivered and acknowledged, as texts in one list. */
function openReceiver() {
  const told: string[] = [];
  const receiver = createReceiver({
    clock: { now: () => new Date('2026-11-21T10:00:00Z') },
    acknowledge: (frame) =>
      void told.push(`ack ${readAck(decodeMessage(frame)?.payload ?? Buffer.alloc(0))}`),
    deliver: (payloadType, payload) => void told.push(`${payloadType}:${payload.toString()}`),
  });
  const take = (sequence: number, payload: string | Buffer = `m${sequence}`) =>
    receiver.take({
      type: MESSAGE_TYPE.output,
      createdAt: 1,
      sequence,
      flags: 0,
      id: '00112233-4455-4677-8899-aabbccddeeff',
      payloadType: PAYLOAD_TYPE.output,
      payload: Buffer.from(payload),
    });
  return { receiver, take, told: () => told.splice(0) };
}

describe('a message', () => {
  it('is delivered and acknowledged in its turn', () => {
    const { take, told } = openReceiver();
    take(0);
    take(1);
    expect(told()).toEqual(['1:m0', 'ack 0', '1:m1', 'ack 1']);
  });

  it('that comes too early is acknowledged, and delivered in its turn', () => {
    const { take, told } = openReceiver();
    take(2);
    take(1);
    expect(told()).toEqual(['ack 2', 'ack 1']);
    take(0);
    expect(told()).toEqual(['1:m0', 'ack 0', '1:m1', '1:m2']);
  });

  it('that comes again is acknowledged again, and delivered once', () => {
    const { take, told } = openReceiver();
    take(0);
    take(2);
    told();
    take(0);
    take(2);
    expect(told()).toEqual(['ack 0', 'ack 2']);
    take(1);
    take(2);
    expect(told()).toEqual(['1:m1', 'ack 1', '1:m2', 'ack 2']);
  });

  it('that waits for its turn does not keep the buffer that it came in', () => {
    const { receiver, told } = openReceiver();
    const payload = Buffer.from('early');
    const message = { type: MESSAGE_TYPE.output, createdAt: 1, flags: 0, id: '', payloadType: 1 };
    receiver.take({ ...message, sequence: 1, payload });
    payload.fill('x');
    receiver.take({ ...message, sequence: 0, payload: Buffer.from('first') });
    expect(told()).toContain('1:early');
  });
});

describe('what waits for its turn is bounded:', () => {
  it('a message far too early is neither kept nor acknowledged', () => {
    const { take, told } = openReceiver();
    take(16_385);
    take(2 ** 52);
    expect(told()).toEqual([]);
    take(16_384);
    expect(told()).toEqual(['ack 16384']);
  });

  it('when it holds 16 MiB, only the message in turn is taken, and the others when they come again', () => {
    const { receiver, take, told } = openReceiver();
    const large = Buffer.alloc(4 * 1024 * 1024);
    for (const sequence of [1, 2, 3, 4, 5]) take(sequence, large);
    expect(told()).toEqual(['ack 1', 'ack 2', 'ack 3', 'ack 4']);
    take(2, large);
    expect(told()).toEqual(['ack 2']);
    take(0);
    expect(receiver.expected()).toBe(5);
    told();
    take(5);
    take(7, large);
    expect(told()).toEqual(['1:m5', 'ack 5', 'ack 7']);
  });
});
