/** How one asks a rehearsal: one JSON line, one JSON line back, over a socket in a folder that only its user can enter. */
import { promises } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { HotpassError, isErrno, messageOf } from '../../errors.ts';
import { readLines } from '../supervisor/lines.ts';

/** What can be asked of a rehearsal. */
export type RehearsalRequest =
  | { readonly op: 'describe' }
  | { readonly op: 'fault'; readonly fault: string }
  | { readonly op: 'end' };

export interface RehearsalControl {
  close(): Promise<void>;
}

/** Nobody is behind the socket, or there is none. */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'EPIPE', 'ECONNRESET'] as const;

/** Listens on the socket, in the place of a dead one, and answers with what `handle` gives. */
export async function serveRehearsal(
  path: string,
  handle: (request: RehearsalRequest) => Promise<unknown>,
): Promise<RehearsalControl> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    // Who went away before the question was whole is owed no answer.
    answer(socket, handle).catch(() => socket.destroy());
  });
  await promises.rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Answers that are on their way go out; who never reads keeps nothing alive.
        setTimeout(() => {
          for (const socket of open) socket.destroy();
        }, 500).unref();
      }),
  };
}

/**
 * Asks a rehearsal; undefined when there is none. Throws `supervisor-silent` when it gives no answer in time, and
 * `rehearsal-failed` with its words when it could not do it.
 */
export async function askRehearsal(
  path: string,
  request: RehearsalRequest,
  timeoutMs: number,
): Promise<unknown | undefined> {
  const socket = connect({ path });
  const silent = () =>
    new HotpassError('supervisor-silent', `the rehearsal gives no answer within ${timeoutMs / 1000} s`, {
      hint: "see: ps -ef | grep 'rehearse --keep'",
    });
  const timer = setTimeout(() => socket.destroy(silent()), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const lines = readLines(socket);
    socket.end(`${JSON.stringify(request)}\n`);
    const line = await lines.next();
    return line === undefined ? undefined : valueIn(JSON.parse(line));
  } catch (error) {
    if (isErrno(error, ...NOBODY)) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

async function answer(
  socket: Socket,
  handle: (request: RehearsalRequest) => Promise<unknown>,
): Promise<void> {
  const line = await readLines(socket).next();
  if (line === undefined) return void socket.destroy();
  const reply = await handle(parseRequest(JSON.parse(line))).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: messageOf(error) }),
  );
  if (socket.writable) socket.end(`${JSON.stringify(reply)}\n`);
}

function parseRequest(value: unknown): RehearsalRequest {
  const op: unknown = Reflect.get(Object(value), 'op');
  const fault: unknown = Reflect.get(Object(value), 'fault');
  if (op === 'fault' && typeof fault === 'string') return { op, fault };
  if (op === 'describe' || op === 'end') return { op };
  throw new Error('this rehearsal does not know the request');
}

function valueIn(reply: unknown): unknown {
  if (typeof reply === 'object' && reply !== null && 'value' in reply) return reply.value;
  const why: unknown = Reflect.get(Object(reply), 'error');
  throw new HotpassError('rehearsal-failed', `the rehearsal says: ${String(why)}`, {
    hint: 'hotpass rehearse --end',
  });
}
