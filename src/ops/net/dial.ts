import { connect, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net';
import { isErrno } from '../../errors.ts';
import type { Receive } from './listening/splice.ts';

/** How long one connection to a remote end may take. */
const DIAL_TIMEOUT_MS = 10_000;

/**
 * Bytes that a socket of a forward buffers each way. Node's own 16 KiB makes it stop and go for each read of a fast
 * stream; see `npm run bench`.
 */
export const SOCKET_BUFFER_BYTES = 256 * 1024;

/** Where to connect: a private unix socket, or a host and port. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** Buffer that one connection reads into, again and again. */
const READ_BYTES = 64 * 1024;

/**
 * Opens one connection; both directions close on their own, as clients of a tunnel expect. With `receive` the bytes go
 * there and not to readers of the socket. Rejects with node's error.
 */
export function dialSocket(address: Address, receive?: Receive): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options: NetConnectOpts & { highWaterMark: number } = {
      ...(receive === undefined ? {} : { onread: readInto(receive) }),
      ...address,
      allowHalfOpen: true,
      noDelay: true,
      highWaterMark: SOCKET_BUFFER_BYTES,
    };
    const socket = connect(options);
    const timer = setTimeout(
      () => socket.destroy(new Error('no answer to the connection within 10 s')),
      DIAL_TIMEOUT_MS,
    );
    socket.once('error', (error) => {
      clearTimeout(timer);
      const isOurs = isErrno(error, 'EMFILE', 'ENFILE');
      reject(isOurs ? new Error('no more files can be opened here (ulimit -n)', { cause: error }) : error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function readInto(receive: Receive): OnReadOpts {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  return { buffer, callback: (count) => receive(buffer.subarray(0, count)) };
}
