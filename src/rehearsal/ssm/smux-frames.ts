// smux version 1, little-endian: https://github.com/xtaci/smux (frame.go, session.go)

/** What a frame says. */
export const CMD = { SYN: 0, FIN: 1, PSH: 2, NOP: 3 } as const;

/** Most bytes in a frame that the agent sends. */
export const MOST_FRAME_BYTES = 32_768;

const VERSION = 1;
const HEAD = 8;

/** What comes out of the byte stream. */
export interface FrameListener {
  onOpen(stream: number): void;
  onClose(stream: number): void;
  /** A frame of data begins; all of it counts against the budget from now on. */
  onData(stream: number, piece: Buffer): void;
}

/** Writes the head of a frame. */
export function frameHead(command: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD);
  head[0] = VERSION;
  head[1] = command;
  head.writeUInt16LE(length, 2);
  head.writeUInt32LE(stream, 4);
  return head;
}

/**
 * Makes a reader that takes the byte stream by any pieces. It answers false at an unknown version or command, which
 * ends the peer's session.
 */
export function createFrameReader(listener: FrameListener): (piece: Buffer) => boolean {
  const head = Buffer.alloc(HEAD);
  let headFilled = 0;
  let left = 0;
  let stream = 0;

  const readHead = (): boolean => {
    const command = head[1];
    stream = head.readUInt32LE(4);
    if (head[0] !== VERSION) return false;
    if (command === CMD.PSH) left = head.readUInt16LE(2);
    else if (command === CMD.SYN) listener.onOpen(stream);
    else if (command === CMD.FIN) listener.onClose(stream);
    else if (command !== CMD.NOP) return false;
    return true;
  };
  return (piece) => {
    let at = 0;
    while (at < piece.length) {
      if (left > 0) {
        const data = piece.subarray(at, at + left);
        left -= data.length;
        at += data.length;
        listener.onData(stream, data);
        continue;
      }
      const copied = piece.copy(head, headFilled, at, at + HEAD - headFilled);
      at += copied;
      headFilled += copied;
      if (headFilled < HEAD) return true;
      headFilled = 0;
      if (!readHead()) return false;
    }
    return true;
  };
}
