import { createServer, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import {
  type Probed,
  type ProbeKind,
  type ProbeService,
  probeService,
} from '../../../../src/ops/net/probe.ts';
import { startServer } from '../../../support/ports.ts';

/** What a test may set beside kind and port. */
export interface ProbePort {
  readonly path?: string;
  readonly local?: string;
  readonly tls?: ProbeService['tls'];
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** Probes a port of this machine. Fails when a stream that was dialled is still open afterwards. */
export async function probePort(kind: ProbeKind, port: number, options: ProbePort = {}): Promise<Probed> {
  const streams: Duplex[] = [];
  const dial = async () => {
    const stream = await connectTo(port);
    streams.push(stream);
    return stream;
  };
  const { path, tls, local = `127.0.0.1:${port}`, deadlineMs = 5_000 } = options;
  const signal = options.signal ?? new AbortController().signal;
  const probed = await probeService(
    { monotonic: () => performance.now() },
    { kind, path, local, tls, dial },
    { deadlineMs, signal },
  );
  if (streams.some((stream) => !stream.destroyed)) throw new Error('the probe left a stream open');
  return probed;
}

/** Starts an HTTP server that ends with the test; returns its port. */
export async function serveHttp(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the server does not listen on a port');
  return address.port;
}

/** Starts a server that answers every request alike; ends with the test. */
export function serveAlways(status: number, headers: Record<string, string>, body: string): Promise<number> {
  return serveHttp((_request, response) => {
    response.writeHead(status, headers).end(body);
  });
}

/** Starts a bare TCP server that ends with the test; returns its port. */
export async function serveTcp(serve: (socket: Socket) => void): Promise<number> {
  const server = await startServer(0, '127.0.0.1', serve);
  onTestFinished(server.close);
  return server.port;
}

// Half open, as the transports' own sockets are.
function connectTo(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket));
  });
}
