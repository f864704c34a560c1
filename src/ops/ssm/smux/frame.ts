// smux version 1: https://github.com/xtaci/smux, frame.go. Heads are little-endian.

/** What a frame is for. Command 4 belongs to version 2. */
export const COMMAND = { SYN: 0, FIN: 1, PSH: 2, NOP: 3 } as const;
export type Command = (typeof COMMAND)[keyof typeof COMMAND];

export const VERSION = 1;

/** Bytes before the data of each frame: version, command, length (2), stream id (4). */
export const HEAD_BYTES = 8;

/** Most data bytes that both ends put into one frame. */
export const FRAME_BYTES = 32 * 1024;

/** Writes a frame's head at an offset, and returns the offset behind it. */
export function writeHead(into: Buffer, offset: number, command: Command, id: number, length = 0): number {
  into[offset] = VERSION;
  into[offset + 1] = command;
  into.writeUInt16LE(length, offset + 2);
  return into.writeUInt32LE(id, offset + 4);
}

/** Makes a frame without data. */
export function encodeFrame(command: Command, id: number): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES);
  writeHead(frame, 0, command, id);
  return frame;
}
