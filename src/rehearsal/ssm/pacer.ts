import { createByteQueue } from './byte-queue.ts';
import { HEAD_BYTES } from './message.ts';

/** How fast bytes are put on the way: as the official agent does, 1024 bytes and a sleep of 1 ms, or without the sleep. */
export type Pace = 'official' | 'none';

/** Cuts a byte stream into messages. */
export interface Pacer {
  push(piece: Buffer): void;
  /** Bytes that wait. */
  length(): number;
  /** Looks again whether something may be sent. */
  wake(): void;
  stop(): void;
}

/** What a pacer works for. */
export interface PacerUser {
  readonly pace: Pace;
  canSend(): boolean;
  /** Takes a frame with `HEAD_BYTES` free bytes in front of the payload. */
  send(frame: Buffer): void;
  /** There is room for more bytes. */
  onRoom(): void;
  /** All bytes are sent. */
  onEmpty(): void;
}

const MOST_PAYLOAD_BYTES = 1024;
const SLEEP_MS = 1;
const ROOM_BYTES = 128 * 1024;

/** Makes a pacer. */
export function createPacer(user: PacerUser): Pacer {
  const queue = createByteQueue();
  let sleep: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let isStopped = false;

  const pump = () => {
    while (sleep === undefined && queue.length() > 0 && user.canSend()) {
      const frame = Buffer.allocUnsafe(HEAD_BYTES + Math.min(queue.length(), MOST_PAYLOAD_BYTES));
      queue.takeInto(frame, HEAD_BYTES);
      user.send(frame);
      if (user.pace === 'official') sleep = setTimeout(awake, SLEEP_MS);
    }
    if (queue.length() < ROOM_BYTES) user.onRoom();
    if (queue.length() === 0) user.onEmpty();
  };
  const awake = () => {
    sleep = undefined;
    pump();
  };
  // Frames of one moment travel together, as the official agent finds them together in its pipe.
  const wake = () => {
    if (isScheduled || isStopped) return;
    isScheduled = true;
    queueMicrotask(() => {
      isScheduled = false;
      if (!isStopped) pump();
    });
  };
  return {
    push(piece) {
      queue.push(piece);
      wake();
    },
    length: () => queue.length(),
    wake,
    stop() {
      isStopped = true;
      clearTimeout(sleep);
      queue.clear();
    },
  };
}
