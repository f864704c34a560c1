/** Smallest and largest block that small pieces are gathered in. */
const [LEAST_BYTES, MOST_BYTES] = [1024, 64 * 1024];
/** A piece of this size is kept as it is. */
const LARGE_BYTES = 16 * 1024;

/** Bytes that came for a stream and were not read yet. */
export interface Backlog {
  readonly length: number;
  append(bytes: Buffer): void;
  /** Takes the oldest bytes out, as many as lie together. */
  take(): Buffer | undefined;
  clear(): void;
}

/**
 * Makes an empty backlog. Small pieces are copied together: each would keep the whole buffer of a socket's read alive,
 * so that few unread bytes could hold many times their size; and one large piece is read faster than many small ones.
 */
export function createBacklog(): Backlog {
  let blocks: Buffer[] = [];
  // The block that is being filled is the last one, and `filled` says how far.
  let filling: Buffer | undefined;
  let [filled, length] = [0, 0];

  const close = () => {
    if (filling !== undefined) blocks.push(filling.subarray(0, filled));
    filling = undefined;
    filled = 0;
  };
  return {
    get length() {
      return length;
    },
    append(bytes) {
      length += bytes.length;
      if (bytes.length >= LARGE_BYTES) {
        close();
        blocks.push(bytes);
        return;
      }
      for (let at = 0; at < bytes.length; ) {
        if (filling === undefined || filled === filling.length) {
          const next = Math.max(LEAST_BYTES, bytes.length - at, 2 * filled);
          close();
          filling = Buffer.allocUnsafeSlow(Math.min(MOST_BYTES, next));
        }
        const copied = bytes.copy(filling, filled, at);
        at += copied;
        filled += copied;
      }
    },
    take() {
      if (length === 0) return undefined;
      if (blocks.length === 0) close();
      const first = blocks.shift();
      length -= first?.length ?? 0;
      return first;
    },
    clear() {
      blocks = [];
      filling = undefined;
      [filled, length] = [0, 0];
    },
  };
}
