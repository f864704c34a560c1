import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';

/** A server that listens. */
export interface OpenServer {
  readonly port: number;
  /** Cuts every connection that is open now. */
  cutAll(): void;
  /** Cuts every connection and listens no more. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Lets a server listen, by default on a free port of 127.0.0.1. Rejects when the port is busy. */
export async function openServer(server: Server, host = '127.0.0.1', port = 0): Promise<OpenServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    cutAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** Reads what a client sends; of more than a megabyte only the beginning. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
