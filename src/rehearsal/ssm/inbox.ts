/** Frames that came while the agent reads nothing. */
export interface Inbox {
  /** Has a frame read, now or in its turn. */
  take(frame: Buffer): void;
  /** Goes on reading; tells whether all of it is read. */
  drain(): boolean;
  clear(): void;
}

/** Makes an inbox: while `isBlocked` holds, nothing is read, not even an acknowledgement, as one reader reads all. */
export function createInbox(isBlocked: () => boolean, read: (frame: Buffer) => void): Inbox {
  let waiting: Buffer[] = [];
  return {
    take(frame) {
      if (waiting.length > 0 || isBlocked()) waiting.push(frame);
      else read(frame);
    },
    drain() {
      let next = 0;
      for (const frame of waiting) {
        if (isBlocked()) break;
        next += 1;
        read(frame);
      }
      waiting = waiting.slice(next);
      return waiting.length === 0;
    },
    clear() {
      waiting = [];
    },
  };
}
