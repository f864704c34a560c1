import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Account, answerCall, type SeenCall } from './api.ts';
import { type Controls, createControls } from './controls.ts';
import { applyFaults, createFaultBoard } from './fault-board.ts';
import { createGateway } from './gateway.ts';
import { DEFAULT_CALLER, DEFAULT_INSTANCE, type StartSsm } from './options.ts';
import { createSession, type Session, type SessionFacts } from './session.ts';

/** Systems Manager of a rehearsed account, on loopback: API, message gateway and the agents behind it. */
export interface RehearsedSsm extends Controls {
  readonly port: number;
  /** For AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Every session since the start, in order. */
  sessions(): readonly SessionFacts[];
  /** Every API call since the start, in order. */
  calls(): readonly SeenCall[];
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Starts a rehearsed Systems Manager on a free port of 127.0.0.1. */
export async function startSsm(options: StartSsm = {}): Promise<RehearsedSsm> {
  const faults = createFaultBoard();
  const sessions = new Map<string, Session>();
  const instances = new Map((options.instances ?? [DEFAULT_INSTANCE]).map((one) => [one.id, one]));
  const hosts = new Map(Object.entries(options.hosts ?? {}));
  const calls: SeenCall[] = [];
  const callers = options.callers ?? [DEFAULT_CALLER];
  let port = 0;

  const account: Account = {
    callers,
    instances: () => [...instances.values()],
    pageSize: options.pageSize,
    faults,
    calls,
    sessions: () => sessions.values(),
    find: (sessionId) => sessions.get(sessionId),
    open(wish, instance) {
      const id = `${wish.owner.split('/').at(-1)}-${randomBytes(9).toString('hex').slice(1)}`;
      const session = createSession(
        { ...wish, id },
        {
          instance,
          options,
          hosts: Object.fromEntries(hosts),
          faults,
        },
      );
      sessions.set(id, session);
      return session;
    },
    streamUrl: (id) =>
      `ws://127.0.0.1:${port}/v1/data-channel/${id}?role=publish_subscribe&cell-number=REHEARSED`,
  };
  const gateway = createGateway({
    find: account.find,
    isAway: () => faults.isGatewayAway,
    onLink: (link) => applyFaults(faults, link),
  });
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => serve(account, request, response));
  server.on('upgrade', gateway.upgrade);
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  port = await listen(server);
  return {
    ...createControls({ faults, hosts, instances, sessions: account.sessions }),
    port,
    url: `http://127.0.0.1:${port}`,
    sessions: () => [...sessions.values()].map((one) => one.facts()),
    calls: () => calls,
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions.values()) session.stop();
        gateway.close();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(account: Account, request: IncomingMessage, response: ServerResponse): void {
  readBody(request).then(
    (body) => {
      const { status, body: answer } = answerCall(account, request.headers, body);
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
