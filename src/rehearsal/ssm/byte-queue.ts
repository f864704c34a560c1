/** Bytes in a row, put in by pieces and taken out by other pieces. */
export interface ByteQueue {
  length(): number;
  push(piece: Buffer): void;
  /** Moves bytes into a buffer from `at` to its end; all that it asks for must be there. */
  takeInto(target: Buffer, at: number): void;
  clear(): void;
}

/** Makes an empty queue. */
export function createByteQueue(): ByteQueue {
  let pieces: Buffer[] = [];
  let first = 0;
  let offset = 0;
  let length = 0;
  return {
    length: () => length,
    push(piece) {
      if (piece.length === 0) return;
      pieces.push(piece);
      length += piece.length;
    },
    takeInto(target, at) {
      let position = at;
      while (position < target.length) {
        const piece = pieces[first];
        if (piece === undefined) throw new RangeError('byte queue is empty');
        const taken = piece.copy(target, position, offset);
        position += taken;
        offset += taken;
        length -= taken;
        if (offset < piece.length) continue;
        offset = 0;
        first += 1;
        if (first > 64 || first === pieces.length) {
          pieces = pieces.slice(first);
          first = 0;
        }
      }
    },
    clear() {
      pieces = [];
      first = 0;
      offset = 0;
      length = 0;
    },
  };
}
