import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How a client's connection ended. */
export interface Exchange {
  readonly received: Buffer;
  /** `ended` by the other side's FIN, or the error code that broke it. */
  readonly outcome: string;
}

/** Connects, sends, half-closes, and reads until the end. Never rejects. */
export async function exchange(port: number, sent: string | Buffer, host = '127.0.0.1'): Promise<Exchange> {
  const socket = connect({ port, host, allowHalfOpen: true });
  socket.end(sent);
  return readToEnd(socket);
}

/** Reads a connection until it ends or breaks. Never rejects. */
export function readToEnd(socket: Socket): Promise<Exchange> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let outcome = 'ended';
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error) => {
      outcome = 'code' in error ? String(error.code) : error.message;
    });
    socket.on('close', () => resolve({ received: Buffer.concat(chunks), outcome }));
    socket.on('end', () => socket.end());
  });
}

/** Connects and waits until the connection is open. */
export async function openClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return socket;
}
