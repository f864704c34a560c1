import type { Socket } from 'node:net';
import { NEVER } from '../../../signals.ts';
import type { System } from '../../../system.ts';

/** What is known around the streams of a plugin. */
export interface StreamManners {
  /** Tells whether the plugin is ending at this moment: it ends its streams first, as if they were finished. */
  isEnding(): boolean;
  /** How many streams the agent has refused so far. */
  refusals(): number;
}

/** How long after a stream's end its reason may come: it takes another way than the bytes. */
const REASON_MS = 10;
const REFUSAL_MS = 50;

/**
 * Gives a connection to the plugin the manners of other far ends. The plugin takes an end of what we send for the end
 * of the whole stream and drops the answer: it is told only after the answer. And its streams end just as well when it
 * is ending itself, or when the agent could not connect: these are broken off.
 */
export function mendStream(sys: Pick<System, 'sleep'>, socket: Socket, manners: StreamManners): void {
  const refused = manners.refusals();
  const push = socket.push.bind(socket);
  socket.push = (chunk, encoding) => {
    if (chunk !== null) return push(chunk, encoding);
    const isEmpty = socket.bytesRead === 0;
    void sys.sleep(isEmpty ? REFUSAL_MS : REASON_MS, NEVER).then(() => {
      const isCut = manners.isEnding() || (isEmpty && manners.refusals() > refused);
      if (isCut) socket.destroy(new Error('the connection was not carried to its end'));
      else if (!socket.destroyed) {
        push(null);
        // Nobody may be reading: with a taker of bytes there are no readers.
        socket.read(0);
      }
    });
    return false;
  };
  const { _final: final } = socket;
  socket._final = (done) => {
    if (socket.readableEnded || final === undefined) final?.call(socket, done);
    else socket.once('end', () => final.call(socket, done));
  };
}
