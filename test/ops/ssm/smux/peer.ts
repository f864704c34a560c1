import { createSmux, type OpenSmux, type Smux } from '../../../../src/ops/ssm/smux/session.ts';
import { realTime } from '../../net/support.ts';

/** A frame as the tests' own peer sees it; written from the description of smux, not from our code. */
export interface PeerFrame {
  readonly command: 'SYN' | 'FIN' | 'PSH' | 'NOP';
  readonly id: number;
  readonly data: Buffer;
}

const NAMES = ['SYN', 'FIN', 'PSH', 'NOP'] as const;

/** Makes the bytes of one frame. */
export function frame(command: PeerFrame['command'], id: number, data: string | Uint8Array = ''): Buffer {
  const body = Buffer.from(data);
  const head = Buffer.from([1, NAMES.indexOf(command), 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(body.length, 2);
  head.writeUInt32LE(id, 4);
  return Buffer.concat([head, body]);
}

/** Reads whole frames; throws where there are none. */
export function readFrames(bytes: Buffer): PeerFrame[] {
  const frames: PeerFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    const command = NAMES[bytes.readUInt8(at + 1)];
    const end = at + 8 + bytes.readUInt16LE(at + 2);
    if (bytes[at] !== 1 || command === undefined || end > bytes.length) throw new Error(`no frame at ${at}`);
    frames.push({ command, id: bytes.readUInt32LE(at + 4), data: bytes.subarray(at + 8, end) });
    at = end;
  }
  return frames;
}

/** A session whose far side is led by a test. */
export interface Led {
  readonly smux: Smux;
  /** Each write of the session. */
  readonly writes: Buffer[];
  /** The frames of all writes since the last call, as words: `3 SYN`, `3 PSH 5`. */
  sent(): string[];
  /** All data that a stream sent so far. */
  dataOf(id: number): Buffer;
  /** How many more writes there is room for. */
  room: number;
  readonly budget: boolean[];
  readonly wrong: string[];
  /** Sends a frame to the session and lets it be delivered. */
  say(command: PeerFrame['command'], id: number, data?: string | Uint8Array): Promise<void>;
}

/** Opens a session whose far side is led by a test. */
export function leadSmux(sys = realTime, more: Partial<OpenSmux> = {}): Led {
  let told = 0;
  const led: Led = {
    smux: createSmux(sys, {
      write(bytes) {
        led.writes.push(bytes);
        led.room -= 1;
        return led.room > 0;
      },
      onBudget: (isSpent) => led.budget.push(isSpent),
      onProtocolError: (why) => led.wrong.push(why),
      ...more,
    }),
    writes: [],
    sent() {
      const frames = readFrames(Buffer.concat(led.writes.slice(told)));
      told = led.writes.length;
      return frames.map(({ command, id, data }) =>
        command === 'PSH' ? `${id} PSH ${data.length}` : `${id} ${command}`,
      );
    },
    dataOf: (id) =>
      Buffer.concat(
        readFrames(Buffer.concat(led.writes))
          .filter((one) => one.id === id && one.command === 'PSH')
          .map(({ data }) => data),
      ),
    room: Number.POSITIVE_INFINITY,
    budget: [],
    wrong: [],
    async say(command, id, data) {
      led.smux.take(frame(command, id, data));
      await settled();
    },
  };
  return led;
}

/** Resolves when what was set in motion without a timer is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Bytes that are the same for the same number and length, and look like nothing. */
export function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const random = createRandom(seed);
  for (let at = 0; at < length; at += 1) bytes[at] = random() * 256;
  return bytes;
}

/** Numbers from 0 to below 1, the same for the same seed (xorshift). */
export function createRandom(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
