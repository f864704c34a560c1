import { randomUUID } from 'node:crypto';
import { encodeMessage, type Message } from './message.ts';
import { MESSAGE_FLAGS, MESSAGE_TYPE, PAYLOAD_TYPE } from './protocol.ts';

/** Writes the whole frame that acknowledges a numbered message; `createdAt` is in milliseconds since 1970. */
export function encodeAck(message: Message, createdAt: number): Buffer {
  return encodeMessage({
    type: MESSAGE_TYPE.acknowledge,
    createdAt,
    sequence: 0,
    flags: MESSAGE_FLAGS.synAndFin,
    id: randomUUID(),
    payloadType: PAYLOAD_TYPE.none,
    payload: Buffer.from(ackOf(message), 'latin1'),
  });
}

/** The text that acknowledges a message: JSON with its fields in the order of the official ends. */
export function ackOf({ type, id, sequence }: Pick<Message, 'type' | 'id' | 'sequence'>): string {
  // The type, an id and a number hold nothing that JSON would escape: numbered messages have only two types.
  return `{"AcknowledgedMessageType":"${type}","AcknowledgedMessageId":"${id}","AcknowledgedMessageSequenceNumber":${sequence},"IsSequentialMessage":true}`;
}

/** Reads which number an `acknowledge` message is about; undefined when it does not say. */
export function readAck(payload: Buffer): number | undefined {
  // One is read for each message that is sent; to parse all of it would cost more than twice as much.
  const written = /"AcknowledgedMessageSequenceNumber"\s*:\s*(\d+)/.exec(payload.toString('latin1'));
  const sequence = Number(written?.[1] ?? Number.NaN);
  return Number.isSafeInteger(sequence) ? sequence : undefined;
}
