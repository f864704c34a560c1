import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createSsm, type SsmCore } from './core.ts';
import { DEFAULT_CALLER, type StartSsm } from './options.ts';

/** Systems Manager of a rehearsed account, on loopback: API, message gateway and the agents behind it. */
export interface RehearsedSsm extends Omit<SsmCore, 'answer' | 'upgrade' | 'stop'> {
  readonly port: number;
  /** For AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:4000`. */
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Starts a rehearsed Systems Manager on a free port of 127.0.0.1. */
export async function startSsm(options: StartSsm = {}): Promise<RehearsedSsm> {
  const callers = options.callers ?? [DEFAULT_CALLER];
  let port = 0;
  const { answer, upgrade, stop, ...core } = createSsm(options, {
    port: () => port,
    findCaller: (accessKeyId) => callers.find((one) => one.accessKeyId === accessKeyId),
  });
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => serve(answer, request, response));
  server.on('upgrade', upgrade);
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  port = await listen(server);
  return {
    ...core,
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        stop();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(answerCall: SsmCore['answer'], request: IncomingMessage, response: ServerResponse): void {
  readBody(request).then(
    (body) => {
      const { status, body: answer } = answerCall(request.headers, body);
      const bytes = Buffer.from(JSON.stringify(answer));
      response.writeHead(status, {
        'content-type': 'application/x-amz-json-1.1',
        'content-length': bytes.length,
        'x-amzn-requestid': '00000000-0000-4000-8000-000000000000',
      });
      response.end(bytes);
    },
    // The client went away in the middle of its own request: nobody to answer.
    () => response.destroy(),
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address === null || typeof address === 'string' ? 0 : address.port);
    });
  });
}
