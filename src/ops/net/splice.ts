import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Joins a client and its far end until both are done. Each direction closes on its own (half-close), a slow reader
 * stops only its own sender, and when one side breaks the other is reset, so that nobody takes a cut stream for a
 * whole one.
 */
export function spliceStreams(client: Socket, far: Duplex): void {
  client.pipe(far);
  far.pipe(client);
  far.on('error', () => {
    if (!client.destroyed) client.resetAndDestroy();
  });
  client.on('error', () => far.destroy());
  client.once('close', () => far.destroy());
  // A far end that closes without ending first was cut: end() has not reached the client.
  far.once('close', () => {
    if (!far.readableEnded && !client.destroyed) client.resetAndDestroy();
  });
}
