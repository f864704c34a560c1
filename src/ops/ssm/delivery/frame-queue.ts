/** Frames that wait to be sent, first in, first out. */
export interface FrameQueue {
  add(frame: Uint8Array): void;
  /** The one that waits longest. */
  first(): Uint8Array | undefined;
  /** Takes the first one out. */
  drop(): void;
  bytes(): number;
}

/** Left places of an array are given back by the thousand: to shift each would move all the others. */
const TIDY_AT = 1024;

/** Makes an empty queue. */
export function createFrameQueue(): FrameQueue {
  let frames: Uint8Array[] = [];
  let head = 0;
  let bytes = 0;
  return {
    add(frame) {
      frames.push(frame);
      bytes += frame.length;
    },
    first: () => frames[head],
    drop() {
      bytes -= frames[head]?.length ?? 0;
      head += 1;
      if (head < TIDY_AT && head < frames.length) return;
      frames = frames.slice(head);
      head = 0;
    },
    bytes: () => bytes,
  };
}
