import { describe, expect, it } from 'vitest';
import { ackOf, encodeAck, readAck } from '../../../../src/ops/ssm/message/ack.ts';
import { decodeMessage } from '../../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE } from '../../../../src/ops/ssm/message/protocol.ts';
import { framesIn, RECORDINGS } from '../../../support/ssm-recording.ts';

describe.each(RECORDINGS)('the acknowledgements in the recording %s', (name) => {
  const messages = framesIn(name).flatMap((frame) => decodeMessage(frame) ?? []);
  const acks = messages.filter(({ type }) => type === MESSAGE_TYPE.acknowledge);

  it('are what ours would be', () => {
    const byId = new Map(messages.map((message) => [message.id, message]));
    for (const ack of acks) {
      const told: unknown = JSON.parse(ack.payload.toString());
      const id: unknown =
        typeof told === 'object' && told !== null && Reflect.get(told, 'AcknowledgedMessageId');
      const acked = byId.get(String(id));
      if (acked === undefined) throw new Error(`no message ${id}`);
      expect(ackOf(acked)).toBe(ack.payload.toString());
      expect(readAck(ack.payload)).toBe(acked.sequence);
    }
    expect(acks.length).toBeGreaterThan(0);
  });
});

it('an acknowledgement is a message without a number, and with both flags', () => {
  const acked = { type: MESSAGE_TYPE.output, id: '00112233-4455-4677-8899-aabbccddeeff', sequence: 12 };
  const message = { ...acked, createdAt: 1, flags: 0, payloadType: 1, payload: Buffer.from('x') };
  const frame = encodeAck(message, 1_795_232_000_123);
  expect(decodeMessage(frame)).toMatchObject({
    type: 'acknowledge',
    createdAt: 1_795_232_000_123,
    sequence: 0,
    flags: 3,
    payloadType: 0,
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
  });
  expect(JSON.parse(frame.subarray(120).toString())).toEqual({
    AcknowledgedMessageType: 'output_stream_data',
    AcknowledgedMessageId: acked.id,
    AcknowledgedMessageSequenceNumber: 12,
    IsSequentialMessage: true,
  });
});

it.each([
  ['with spaces', '{ "AcknowledgedMessageSequenceNumber" : 12 }', 12],
  ['empty', '', undefined],
  ['without a number', '{"AcknowledgedMessageType":"output_stream_data"}', undefined],
  ['of a negative number', '{"AcknowledgedMessageSequenceNumber":-1}', undefined],
  ['of a text', '{"AcknowledgedMessageSequenceNumber":"1"}', undefined],
  ['of a number too large', '{"AcknowledgedMessageSequenceNumber":99999999999999999999}', undefined],
])('an acknowledgement %s tells its number, or none', (_, text, number) => {
  expect(readAck(Buffer.from(text))).toBe(number);
});
