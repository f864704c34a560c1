import { readAck } from '../message/ack.ts';
import { type ChannelClosed, readChannelClosed } from '../message/channel-closed.ts';
import { decodeMessage } from '../message/message.ts';
import { MESSAGE_TYPE } from '../message/protocol.ts';
import type { Clock } from './clock.ts';
import { createReceiver } from './receiver.ts';
import type { SendFrame } from './repair.ts';
import { createSender, type Sender } from './sender.ts';

/** Both halves of a channel, over one socket after the other; the handshake and what flows later are above it. */
export interface Exchange extends Omit<Sender, 'acknowledged' | 'pause' | 'start' | 'heard'> {
  /** Takes one frame of the socket, binary or text. What no correct peer sends is left out, whatever it is. */
  take(frame: Buffer): void;
  /** How many messages of the agent were delivered. */
  delivered(): number;
}

export interface CreateExchange {
  readonly clock: Clock;
  /** Default 4 MiB. */
  readonly mostUnackedBytes?: number;
  /** Takes each payload of the agent once and in order, see `CreateReceiver`. */
  deliver(payloadType: number, payload: Buffer): void;
  /** There is room again after `write` has answered false. */
  onRoom(): void;
  /** The session is over; told once for each message that says so. */
  onClosed(closed: ChannelClosed): void;
}

/** Makes both halves of a channel. They have no socket until `attach`; their numbers go on from socket to socket. */
export function createExchange({
  clock,
  mostUnackedBytes,
  deliver,
  onRoom,
  onClosed,
}: CreateExchange): Exchange {
  let send: SendFrame | undefined;
  const sender = createSender({ clock, onRoom, ...(mostUnackedBytes !== undefined && { mostUnackedBytes }) });
  const receiver = createReceiver({ clock, deliver, acknowledge: (frame) => send?.(frame) });
  const { acknowledged, pause, start, heard, ...rest } = sender;
  return {
    ...rest,
    delivered: receiver.expected,
    attach(opened) {
      send = opened;
      sender.attach(opened);
    },
    detach() {
      send = undefined;
      sender.detach();
    },
    take(frame) {
      const message = decodeMessage(frame);
      if (message?.type === MESSAGE_TYPE.output) {
        heard();
        receiver.take(message);
      } else if (message?.type === MESSAGE_TYPE.acknowledge) {
        heard();
        const sequence = readAck(message.payload);
        if (sequence !== undefined) acknowledged(sequence);
      } else if (message?.type === MESSAGE_TYPE.start) start();
      else if (message?.type === MESSAGE_TYPE.pause) pause();
      else if (message?.type === MESSAGE_TYPE.closed) onClosed(readChannelClosed(message.payload));
    },
  };
}
