import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Takes bytes as they arrive. The buffer is used again after the call, so a taker that cannot pass all of it on at once
 * answers false, and the sender waits for `resume()` of its stream.
 */
export type Receive = (bytes: Uint8Array) => boolean;

/** One client about to be joined to its far end. */
export interface Splice {
  /** Passes bytes of the far end to the client. */
  readonly receive: Receive;
  /**
   * Joins the far end whose bytes go to `receive`. `isCut` is asked when the far end ends: a stream that ended because
   * the way broke is passed on as broken. `onCut` is told when the far end broke off and the client was reset.
   */
  join(far: Duplex, isCut: () => Promise<boolean>, onCut: () => void): void;
}

/**
 * Prepares a client for its far end. Each direction closes on its own (half-close), a slow reader stops only its own
 * sender, and when one side breaks the other is reset, so that nobody takes a cut stream for a whole one.
 *
 * Bytes to the client do not go through a pipe: passing one buffer on and using it again costs half the CPU (measured:
 * 256 MB in 0.11 s of CPU against 0.20 s).
 */
export function spliceClient(client: Socket): Splice {
  let far: Duplex | undefined;
  let stalled = false;
  const goOn = () => {
    // Only when nothing of the buffer is left to send may the far end write into it again.
    if (!stalled || client.writableLength > 0) return;
    stalled = false;
    far?.resume();
  };
  return {
    receive(bytes) {
      client.write(bytes, goOn);
      stalled = client.writableLength > 0;
      return !stalled;
    },
    join(opened, isCut, onCut) {
      far = opened;
      const cutOff = () => {
        if (client.destroyed) return;
        client.resetAndDestroy();
        onCut();
      };
      client.pipe(opened);
      opened.once('end', () => {
        void isCut().then((cut) => {
          if (cut) cutOff();
          else client.end();
        });
      });
      opened.on('error', cutOff);
      client.on('error', () => breakOff(opened));
      client.once('close', () => opened.destroy());
      // A far end that closes without ending first was cut.
      opened.once('close', () => {
        if (!opened.readableEnded) cutOff();
      });
    },
  };
}

/** Ends a stream so that the other side takes it for broken, where its kind can say so. */
function breakOff(far: Duplex): void {
  if (far instanceof Socket && far.remoteAddress !== undefined) far.resetAndDestroy();
  else far.destroy();
}
