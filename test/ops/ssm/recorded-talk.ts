import { readAck } from '../../../src/ops/ssm/message/ack.ts';
import { decodeMessage, type Message } from '../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../src/ops/ssm/message/protocol.ts';
import { type RECORDINGS, readRecording } from '../../support/ssm-recording.ts';

/** How far one end has got in what it says: what the other can know of it. */
export interface Progress {
  /** Numbered messages that are no bytes of connections, such as the handshake response. */
  readonly words: number;
  /** Streams opened and closed, and bytes of all of them. */
  readonly opened: number;
  readonly closed: readonly number[];
  readonly bytes: number;
}

/** Puts one end's numbered messages into order and reads the smux frames in them. Written from the protocol alone. */
export function followTalk() {
  const stash = new Map<number, Message>();
  const streams = new Map<number, Buffer[]>();
  const closed: number[] = [];
  let [next, words, bytes] = [0, 0, 0];
  let rest = Buffer.alloc(0);
  const readFrames = () => {
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt16LE(2)) {
      const [command, length, id] = [rest.readUInt8(1), rest.readUInt16LE(2), rest.readUInt32LE(4)];
      if (command === 0) streams.set(id, []);
      if (command === 1) closed.push(id);
      if (command === 2) streams.set(id, [...(streams.get(id) ?? []), rest.subarray(8, 8 + length)]);
      bytes += length;
      rest = rest.subarray(8 + length);
    }
  };
  return {
    take(message: Message) {
      if (message.sequence >= next) stash.set(message.sequence, message);
      for (let turn = stash.get(next); turn !== undefined; turn = stash.get(next)) {
        stash.delete(next);
        next += 1;
        if (turn.payloadType === PAYLOAD_TYPE.output) rest = Buffer.concat([rest, turn.payload]);
        else words += 1;
        readFrames();
      }
    },
    progress: (): Progress => ({ words, opened: streams.size, closed: [...closed], bytes }),
    bytesOf: (stream: number) => Buffer.concat(streams.get(stream) ?? []),
  };
}

/** One thing that happens to the client, once it has got as far as the recorded one had. */
export interface Step {
  /** `end` is the frame that says that the session is over. */
  readonly does: 'frame' | 'cut' | 'refuse' | 'end';
  readonly frame: Buffer;
  readonly after: Progress;
  /** How many of the agent's messages the client had acknowledged. */
  readonly acked: number;
}

/** Reads what came to the client in a recording, and after what of its own. */
export function stepsOf(name: (typeof RECORDINGS)[number]): readonly Step[] {
  const client = followTalk();
  const acked = new Set<number | undefined>();
  return readRecording(name).flatMap((event): Step | readonly Step[] => {
    const message = event.frame && decodeMessage(event.frame);
    if (event.from === 'client' && !event.isLost && message?.type === MESSAGE_TYPE.input)
      client.take(message);
    if (event.from === 'client' && message?.type === MESSAGE_TYPE.acknowledge)
      acked.add(readAck(message.payload));
    const step = { frame: event.frame ?? Buffer.alloc(0), after: client.progress(), acked: acked.size };
    if (event.kind === 'refused') return { ...step, does: 'refuse' };
    if (event.to !== 'client' || event.isLost) return [];
    if (event.kind === 'cut') return { ...step, does: 'cut' };
    // Acknowledgements name messages of the recorded client: ours get their own.
    if (message === undefined || message.type === MESSAGE_TYPE.acknowledge) return [];
    return { ...step, does: message.type === MESSAGE_TYPE.closed ? 'end' : 'frame' };
  });
}

/** What the recorded client said in the end. */
export function talkOfClient(name: (typeof RECORDINGS)[number]) {
  const client = followTalk();
  for (const { from, frame } of readRecording(name)) {
    const message = frame && from === 'client' ? decodeMessage(frame) : undefined;
    if (message?.type === MESSAGE_TYPE.input) client.take(message);
  }
  return client;
}
