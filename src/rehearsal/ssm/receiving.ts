import { type Message, writeMessage } from './message.ts';

/** What becomes of a message: `later` is neither acknowledged nor counted, so that it comes again. */
export type Handled = 'taken' | 'later';

/** The agent's receiving half: order, stash, acknowledgements. */
export interface Receiving {
  take(message: Message): void;
}

const STASH_MESSAGES = 100_000;

/** Makes the receiving half (aws/amazon-ssm-agent agent/session/datachannel/datachannel.go). */
export function createReceiving(
  handle: (message: Message) => Handled,
  send: (frame: Buffer) => void,
): Receiving {
  const stash = new Map<number, Message>();
  let expected = 0;

  const drain = () => {
    for (let next = stash.get(expected); next !== undefined; next = stash.get(expected)) {
      if (handle(next) === 'later') return;
      stash.delete(expected);
      expected += 1;
    }
  };
  return {
    take(message) {
      if (message.sequence === expected) {
        if (handle(message) === 'later') return;
        send(writeAck(message));
        expected += 1;
        if (stash.size > 0) drain();
        return;
      }
      if (message.sequence > expected) {
        if (stash.size >= STASH_MESSAGES) return;
        stash.set(message.sequence, message);
      }
      send(writeAck(message));
    },
  };
}

function writeAck(message: Message): Buffer {
  return writeMessage({
    type: 'acknowledge',
    flags: 3,
    payload: `{"AcknowledgedMessageType":"${message.type}","AcknowledgedMessageId":"${message.id}","AcknowledgedMessageSequenceNumber":${message.sequence},"IsSequentialMessage":true}`,
  });
}
