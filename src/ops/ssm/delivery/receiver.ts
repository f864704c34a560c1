import { encodeAck } from '../message/ack.ts';
import type { Message } from '../message/message.ts';
import type { Clock } from './clock.ts';

/** The receiving half of a channel: puts messages into their order, and acknowledges them. */
export interface Receiver {
  /** Takes an `output_stream_data` message, in whatever order and however often it comes. */
  take(message: Message): void;
  /** The number of the next message to be delivered: so many were. */
  expected(): number;
}

export interface CreateReceiver {
  readonly clock: Pick<Clock, 'now'>;
  /** Takes the frame of an acknowledgement. One that gets lost does no harm: the agent sends its message again. */
  acknowledge(frame: Buffer): void;
  /**
   * Takes each payload once and in order. It has to: who cannot take more stops reading the socket, so that nothing
   * comes here. The payload is a view of its frame.
   */
  deliver(payloadType: number, payload: Buffer): void;
}

/** How far ahead of its turn a message may be, and bytes of all that wait for theirs. */
const MOST_STASHED = 16_384;
const MOST_STASHED_BYTES = 16 * 1024 * 1024;

/**
 * Makes the receiving half of a channel. A message in its turn is delivered, then acknowledged; an early one is stashed and
 * acknowledged; one that was seen before is acknowledged again, since the first acknowledgement may be lost, and the
 * agent repairs nothing behind a message that it still waits for. What is too early, or too much to be stashed, is
 * neither kept nor acknowledged: it comes again.
 */
export function createReceiver({ clock, acknowledge, deliver }: CreateReceiver): Receiver {
  const stash = new Map<number, Pick<Message, 'payloadType' | 'payload'>>();
  let stashedBytes = 0;
  let expected = 0;
  const next = (payloadType: number, payload: Buffer) => {
    expected += 1;
    deliver(payloadType, payload);
  };
  const takeFromStash = () => {
    const stashed = stash.get(expected);
    if (stashed === undefined) return undefined;
    stash.delete(expected);
    stashedBytes -= stashed.payload.length;
    return stashed;
  };
  const keep = ({ sequence, payloadType, payload }: Message): boolean => {
    if (stash.has(sequence)) return true;
    if (sequence - expected > MOST_STASHED) return false;
    if (stashedBytes + payload.length > MOST_STASHED_BYTES) return false;
    // A copy: a view would keep the socket's whole buffer.
    stash.set(sequence, { payloadType, payload: Buffer.from(payload) });
    stashedBytes += payload.length;
    return true;
  };
  return {
    expected: () => expected,
    take(message) {
      const { sequence } = message;
      if (sequence > expected && !keep(message)) return;
      if (sequence === expected) next(message.payloadType, message.payload);
      acknowledge(encodeAck(message, clock.now().getTime()));
      for (let early = takeFromStash(); early !== undefined; early = takeFromStash())
        next(early.payloadType, early.payload);
    },
  };
}
