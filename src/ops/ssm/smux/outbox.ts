import { COMMAND, encodeFrame, FRAME_BYTES, HEAD_BYTES, writeHead } from './frame.ts';

/** What a stream has to send: that it opens, its data, that it closes; in this order. */
export interface Outbox {
  /** Takes data; `onSent` is called when all of it is on its way. One batch at a time. */
  put(batch: readonly Buffer[], onSent: () => void): void;
  /** Drops what was not sent, and closes once. What the far side never heard of is not closed over there either. */
  close(): void;
  hasMore(): boolean;
  /** Makes what is to be written next, with at most one data frame. */
  next(): Buffer;
}

/** Makes the outbox of a stream that was not opened yet. */
export function createOutbox(id: number): Outbox {
  let batch: readonly Buffer[] = [];
  let onSent: (() => void) | undefined;
  // Where in the batch to go on: which buffer, and at which of its bytes; and how many are left.
  let [index, offset, left] = [0, 0, 0];
  let [opens, closes, isClosed] = [true, false, false];

  const copyInto = (frame: Buffer, start: number) => {
    for (let at = start; at < frame.length; ) {
      const from = batch[index];
      if (from === undefined) return;
      const copied = from.copy(frame, at, offset);
      at += copied;
      offset += copied;
      if (offset < from.length) return;
      index += 1;
      offset = 0;
    }
  };
  const reset = () => {
    const told = onSent;
    batch = [];
    onSent = undefined;
    [index, offset, left] = [0, 0, 0];
    return told;
  };

  return {
    put(more, told) {
      batch = more;
      onSent = told;
      for (const bytes of more) left += bytes.length;
      if (left === 0) reset()?.();
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      closes = !opens;
      opens = false;
      reset()?.();
    },
    hasMore: () => opens || left > 0 || closes,
    next() {
      if (closes) {
        closes = false;
        return encodeFrame(COMMAND.FIN, id);
      }
      const heads = (opens ? HEAD_BYTES : 0) + (left > 0 ? HEAD_BYTES : 0);
      // Heads included, so that a write fills the messages that it is cut into.
      const length = Math.min(left, FRAME_BYTES - heads);
      const frame = Buffer.allocUnsafe(heads + length);
      let at = 0;
      if (opens) at = writeHead(frame, 0, COMMAND.SYN, id);
      opens = false;
      if (length > 0) copyInto(frame, writeHead(frame, at, COMMAND.PSH, id, length));
      left -= length;
      if (length > 0 && left === 0) reset()?.();
      return frame;
    },
  };
}
