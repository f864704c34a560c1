import { COMMAND, type Command, HEAD_BYTES, VERSION } from './frame.ts';

/** Who is told what a stream of frames holds. */
export interface FrameListener {
  onSignal(command: typeof COMMAND.FIN | typeof COMMAND.NOP, id: number): void;
  /** Data of one frame comes in as many pieces as it was cut into on the way; none is empty. */
  onData(id: number, bytes: Buffer): void;
  /** Told once: what follows has no meaning any more, and is not read. */
  onProtocolError(why: string): void;
}

/**
 * Makes a reader of smux frames that takes bytes as they come: neither frames nor pieces begin or end together. It
 * keeps nothing but the beginning of a head. Opening of streams by the far side means nothing here and is left out.
 */
export function createFrameReader(listener: FrameListener): (bytes: Buffer) => void {
  const split = Buffer.alloc(HEAD_BYTES);
  let splitBytes = 0;
  // The rest of the data frame that is being read, and whose it is.
  let left = 0;
  let id = 0;
  let isBroken = false;

  const readHead = (bytes: Buffer, at: number): void => {
    id = bytes.readUInt32LE(at + 4);
    const length = bytes.readUInt16LE(at + 2);
    const command = whatFor(bytes[at], bytes[at + 1], length);
    if (typeof command === 'string') {
      isBroken = true;
      listener.onProtocolError(`the agent sent ${command}`);
    } else if (command === COMMAND.PSH) left = length;
    else if (command !== COMMAND.SYN) listener.onSignal(command, id);
  };

  return (bytes) => {
    let at = 0;
    while (at < bytes.length && !isBroken) {
      if (left > 0) {
        const end = Math.min(bytes.length, at + left);
        left -= end - at;
        listener.onData(id, bytes.subarray(at, end));
        at = end;
      } else if (splitBytes === 0 && bytes.length - at >= HEAD_BYTES) {
        readHead(bytes, at);
        at += HEAD_BYTES;
      } else {
        const copied = bytes.copy(split, splitBytes, at);
        at += copied;
        splitBytes += copied;
        if (splitBytes < HEAD_BYTES) continue;
        splitBytes = 0;
        readHead(split, 0);
      }
    }
  };
}

/** Gives the command of a head, or what is wrong with it in words. */
function whatFor(version = 0, command = 0, length: number): Command | string {
  if (version !== VERSION) return `smux version ${version}`;
  const known = Object.values(COMMAND).find((one) => one === command);
  if (known === undefined) return `smux command ${command}`;
  // Peers differ in whether they skip such bytes, so nobody knows where the next frame begins.
  return known === COMMAND.PSH || length === 0 ? known : `smux command ${command} with ${length} bytes`;
}
