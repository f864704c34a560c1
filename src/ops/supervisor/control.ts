/**
 * The control socket: one JSON line asked, one JSON line answered, then closed. That somebody answers is the proof of
 * life of a session; the folder around the socket is private, so whoever can ask is the user.
 */
import { chmod, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { HotpassError, isErrno, messageOf } from '../../errors.ts';

/** Version of the words below; a program that speaks another is told so. */
export const PROTOCOL = 1;

/** What can be asked of a background process. */
export type ControlRequest =
  | { readonly op: 'describe' }
  | { readonly op: 'look'; readonly maxAgeMs: number }
  | { readonly op: 'stop'; readonly drainMs: number };

export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

export interface ControlServer {
  close(): Promise<void>;
}

const LINE_LIMIT_BYTES = 4 * 1024 * 1024;

/** Listens on a private unix socket and answers with what `handle` gives. */
export async function serveControl(path: string, handle: ControlHandler): Promise<ControlServer> {
  const asking = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    asking.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => asking.delete(socket));
    readLine(socket)
      .then((line) => answer(line, handle))
      .then((reply) => socket.end(`${JSON.stringify({ protocol: PROTOCOL, ...reply })}\n`))
      // Who went away before the question was whole is owed no answer, and must not end the session.
      .catch(() => socket.destroy());
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      // One client that cannot be taken (no file handle left) must not end the session.
      server.on('error', () => {});
      resolve();
    });
  });
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // An answer that is on its way goes out first; who asks and never reads may not keep us alive.
      setTimeout(() => {
        for (const socket of asking) socket.destroy();
      }, 500).unref();
      await closed;
      await rm(path, { force: true });
    },
  };
}

async function answer(line: string, handle: ControlHandler): Promise<object> {
  try {
    const request = parseRequest(line);
    return { value: await handle(request) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function parseRequest(line: string): ControlRequest {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'op' in value) {
    if (value.op === 'describe') return { op: 'describe' };
    if (value.op === 'look') return { op: 'look', maxAgeMs: milliseconds(value, 'maxAgeMs') };
    if (value.op === 'stop') return { op: 'stop', drainMs: milliseconds(value, 'drainMs') };
  }
  throw new Error(`this version does not know the request ${line.slice(0, 80)}`);
}

function milliseconds(value: object, key: string): number {
  const number: unknown = Reflect.get(value, key);
  return typeof number === 'number' && number >= 0 ? number : 0;
}

/**
 * Asks the process behind a control socket. Gives undefined when nobody holds the socket; throws `supervisor-silent`
 * when somebody does and gives no answer within `timeoutMs`, or until the signal gives up; it does so only when the
 * request is on its way, so that who gives up knows that it was made.
 */
export async function askControl(
  path: string,
  request: ControlRequest,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<unknown | undefined> {
  const socket = connect({ path });
  const giveUp = () => socket.destroy(silent(path, 'it was not waited for'));
  const timer = setTimeout(
    () => socket.destroy(silent(path, `no answer within ${timeoutMs / 1000} s`)),
    timeoutMs,
  );
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.end(`${JSON.stringify(request)}\n`);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted) giveUp();
    const reply: unknown = JSON.parse(await readLine(socket));
    if (typeof reply !== 'object' || reply === null) throw silent(path, 'the answer is not an object');
    if (!('protocol' in reply) || reply.protocol !== PROTOCOL) {
      throw silent(path, 'it is of another version of hotpass; end it with the version that started it');
    }
    if ('error' in reply) throw silent(path, String(reply.error));
    return 'value' in reply ? reply.value : undefined;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ECONNREFUSED', 'ENOTSOCK')) return undefined;
    throw error instanceof HotpassError ? error : silent(path, messageOf(error), error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

function silent(path: string, why: string, cause?: unknown): HotpassError {
  return new HotpassError('supervisor-silent', `the session behind ${path} does not answer: ${why}`, {
    cause,
  });
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > LINE_LIMIT_BYTES) reject(new Error('the line is too long'));
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
    socket.once('end', () => {
      if (!text.includes('\n')) reject(new Error('the connection was closed'));
    });
  });
}
