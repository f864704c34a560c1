import type { Duplex } from 'node:stream';
import { isErrno, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import type { ProbeRun } from '../probe.ts';

/** Dials the service, for as long as the signal lets it. The stream is destroyed when the signal is aborted. */
export function openStream({ service, signal }: Pick<ProbeRun, 'service' | 'signal'>): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    let opened: Duplex | undefined;
    const onAbort = () => {
      opened?.destroy();
      reject(signal.reason);
    };
    if (signal.aborted) return onAbort();
    // Not left to the dial, which need not heed the signal: a stream that comes late is destroyed on arrival.
    signal.addEventListener('abort', onAbort, { once: true });
    const forget = () => signal.removeEventListener('abort', onAbort);
    service.dial(signal).then(
      (stream) => {
        opened = stream;
        // A stream may fail at any time, also between its users; without a listener that would end the process.
        stream.on('error', () => stream.destroy());
        stream.once('close', forget);
        if (signal.aborted) stream.destroy();
        resolve(stream);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/** Says in words which layer broke when a connection to a service failed; `closed` for when it was cut. */
export function describeBreak(error: unknown, closed = CLOSED): string {
  // Only a connection to a host has a port; without one, it was the transport's own socket.
  const isToHost = error instanceof Error && 'port' in error;
  if (isErrno(error, 'ECONNREFUSED', 'ENOENT') && !isToHost) return 'the transport takes no connections';
  if (isErrno(error, 'ECONNREFUSED')) return 'connection refused behind the tunnel';
  if (isErrno(error, 'EHOSTUNREACH', 'ENETUNREACH')) return 'no route to the service behind the tunnel';
  if (isErrno(error, 'ENOTFOUND', 'EAI_AGAIN')) return `${printable(messageOf(error))} (no address)`;
  if (isErrno(error, 'ETIMEDOUT')) return 'no answer to the connection behind the tunnel';
  if (isErrno(error, 'ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE')) return closed;
  return printable(messageOf(error));
}

/** What a refused port behind ssh looks like from here: ssh takes the connection, then closes it. */
export const CLOSED = 'closed without an answer (nothing listens behind the tunnel, or it wants TLS)';
