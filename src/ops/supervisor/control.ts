/**
 * The control socket: one JSON line asked, one JSON line answered, then closed. Who stays connected may go on to say
 * lines, and be told lines ahead of the answer. That somebody answers is the proof of life of a session; the folder
 * around the socket is private, so whoever can ask is the user.
 */
import { promises } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../../errors.ts';
import { type AwsKeys, awsKeys, isEnvironment } from './environment.ts';
import { readLines } from './lines.ts';

/** Version of the words below; a program that speaks another is told so. */
export const PROTOCOL = 1;

/** What can be asked of a background process. */
export type ControlRequest =
  | { readonly op: 'describe' }
  | { readonly op: 'look'; readonly maxAgeMs: number }
  | { readonly op: 'stop'; readonly drainMs: number }
  /** Uses the session until the guest leaves; a lent one lives as long as somebody does. */
  | { readonly op: 'lease' }
  /** Makes a lent session one that stays until it is told to stop. */
  | { readonly op: 'keep' }
  /** Be asked what the session asks, until it works or the person could not help; with keys that may do by now. */
  | { readonly op: 'attend'; readonly keys?: AwsKeys | undefined };

/** Who asked; still there while the answer is made, and for as long as it wants. */
export interface Guest {
  /** Aborted when it said goodbye or died; at once for who only wants an answer. */
  readonly left: AbortSignal;
  /** Sends a line ahead of the answer. */
  tell(line: object): void;
  /** The next line that it says; undefined when it has left. */
  hear(): Promise<unknown>;
}

export type ControlHandler = (request: ControlRequest, guest: Guest) => Promise<unknown>;

export interface ControlServer {
  /** Makes the socket again where it was taken away; guests stay. Throws node's error, and may be called again. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

/** Listens on a private unix socket and answers with what `handle` gives. */
export async function serveControl(path: string, handle: ControlHandler): Promise<ControlServer> {
  const asking = new Set<Socket>();
  const serve = (socket: Socket) => {
    asking.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => asking.delete(socket));
    // Who went away before the question was whole is owed no answer, and must not end the session.
    receive(socket, handle).catch(() => socket.destroy());
  };
  let server = await listen(path, serve);
  return {
    async renew() {
      // Closed first: closing removes whatever has the path.
      server.close();
      server = await listen(path, serve);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // An answer that is on its way goes out first; who asks and never reads may not keep us alive.
      setTimeout(() => {
        for (const socket of asking) socket.destroy();
      }, 500).unref();
      await closed;
      await promises.rm(path, { force: true });
    },
  };
}

async function listen(path: string, serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, serve);
  await promises.rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      // One client that cannot be taken (no file handle left) must not end the session.
      server.on('error', () => {});
      resolve();
    });
  });
  await promises.chmod(path, 0o600);
  return server;
}

async function receive(socket: Socket, handle: ControlHandler): Promise<void> {
  const lines = readLines(socket);
  const send = (reply: object) => {
    if (socket.writable) socket.write(`${JSON.stringify({ protocol: PROTOCOL, ...reply })}\n`);
  };
  const line = await lines.next();
  if (line === undefined) return void socket.destroy();
  const guest: Guest = {
    left: lines.over,
    tell: (told) => send({ told }),
    async hear() {
      const said = await lines.next().catch(() => undefined);
      return said === undefined ? undefined : JSON.parse(said);
    },
  };
  try {
    send({ value: await handle(parseRequest(line), guest) });
  } catch (error) {
    send({ error: messageOf(error) });
  }
  socket.end();
}

function parseRequest(line: string): ControlRequest {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'op' in value) {
    if (value.op === 'describe' || value.op === 'lease' || value.op === 'keep') return { op: value.op };
    if (value.op === 'attend') {
      const keys: unknown = Reflect.get(value, 'keys');
      return { op: 'attend', keys: isEnvironment(keys) ? awsKeys(keys) : undefined };
    }
    if (value.op === 'look') return { op: 'look', maxAgeMs: milliseconds(value, 'maxAgeMs') };
    if (value.op === 'stop') return { op: 'stop', drainMs: milliseconds(value, 'drainMs') };
  }
  throw new Error(`this version does not know the request ${line.slice(0, 80)}`);
}

function milliseconds(value: object, key: string): number {
  const number: unknown = Reflect.get(value, key);
  return typeof number === 'number' && number >= 0 ? number : 0;
}
