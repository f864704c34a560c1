import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const LOWEST_PORT = 10_240;
/** Each worker has ports of its own, and gives none of them twice: one may be wanted a second after it was chosen. */
const WORKERS = 8;
const PORTS_OF_WORKER = Math.floor((32_767 - LOWEST_PORT) / WORKERS);
const given = new Set<number>();
const CONNECT_TIMEOUT_MS = 2_000;

/** A listening server of a test, with what it has seen so far. */
export interface TestServer {
  readonly port: number;
  /** Connections accepted since the start. */
  accepted(): number;
  /** Connections open now. */
  open(): number;
  /** Bytes received since the start. */
  received(): number;
  /** Resets every open connection and keeps listening. */
  drop(): void;
  close(): Promise<void>;
}

/**
 * Finds a port that nothing on loopback listens on, IPv4 and IPv6. Chosen below the range that the kernel hands
 * out for outgoing connections, so that a parallel test does not take it in the meantime.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
  for (;;) {
    const port = LOWEST_PORT + worker * PORTS_OF_WORKER + Math.floor(Math.random() * PORTS_OF_WORKER);
    if (given.has(port)) continue;
    given.add(port);
    if ((await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))) return port;
  }
}

/** Tells whether something accepts connections on the port. */
export function isPortOpen(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: CONNECT_TIMEOUT_MS });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Starts a server that sends every byte back. */
export function startEcho(port = 0, host = '127.0.0.1'): Promise<TestServer> {
  return startServer(port, host, (socket) => socket.pipe(socket));
}

/** Starts a server that greets each connection with its number, `1\n`, `2\n` …, and reads on. */
export function startCounter(port = 0, host = '127.0.0.1'): Promise<TestServer> {
  return startServer(port, host, (socket, number) => {
    socket.write(`${number}\n`);
    socket.resume();
  });
}

/** Starts a server that does `serve` with each connection. */
export async function startServer(
  port: number,
  host: string,
  serve: (socket: Socket, number: number) => void,
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let received = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    // A client that is killed resets its connection; that is no fault of the server.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket, accepted);
  });
  await listen(server, port, host);
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: portOf(server.address()),
    accepted: () => accepted,
    open: () => sockets.size,
    received: () => received,
    drop,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}

async function canListen(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port, host);
  } catch (error) {
    // A machine without IPv6 has no ::1 that could be busy.
    return error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL';
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Tells the port of a listening server. */
export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.port;
}
