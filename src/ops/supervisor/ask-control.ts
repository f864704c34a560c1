import { connect, type Socket } from 'node:net';
import { HotpassError, isErrno, messageOf } from '../../errors.ts';
import { type ControlRequest, PROTOCOL } from './control.ts';
import { readLines } from './lines.ts';

/** A connection to a session that stays open as long as this process lives, or until it is left. */
export interface Visit {
  /**
   * What the session says next: lines ahead of the answer, then the answer, then undefined. Throws
   * `supervisor-silent` when it says something that nobody understands, or that it could not do it.
   */
  hear(): Promise<{ readonly told: unknown } | { readonly value: unknown } | undefined>;
  say(line: object): void;
  /** Says goodbye; what the session does about it is heard. */
  leave(): void;
  /** Ends the connection; nothing more is heard. */
  end(): void;
}

/**
 * Asks the process behind a control socket and stays connected. Gives undefined when nobody holds the socket. The
 * connection ends with this process, however that ends: so the session always knows who is still there.
 */
export async function visitControl(path: string, request: ControlRequest): Promise<Visit | undefined> {
  const socket = connect({ path, allowHalfOpen: true });
  try {
    await opened(socket);
  } catch (error) {
    if (isErrno(error, ...NOBODY)) return undefined;
    throw silent(path, messageOf(error), error);
  }
  const lines = readLines(socket);
  const say = (line: object) => void (socket.writable && socket.write(`${JSON.stringify(line)}\n`));
  say(request);
  return {
    async hear() {
      const line = await lines.next().catch(() => undefined);
      if (line !== undefined) return parseReply(path, line);
      socket.destroy();
      return undefined;
    },
    say,
    leave: () => void socket.end(),
    end: () => void socket.destroy(),
  };
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
    await opened(socket);
    const lines = readLines(socket);
    socket.end(`${JSON.stringify(request)}\n`);
    signal?.addEventListener('abort', giveUp);
    if (signal?.aborted) giveUp();
    const line = await lines.next();
    if (line === undefined) throw silent(path, 'the connection was closed');
    const reply = parseReply(path, line);
    return 'value' in reply ? reply.value : undefined;
  } catch (error) {
    if (isErrno(error, ...NOBODY)) return undefined;
    throw error instanceof HotpassError ? error : silent(path, messageOf(error), error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
    socket.destroy();
  }
}

/** How a socket file that nobody holds is told. */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'] as const;

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
}

function parseReply(path: string, line: string): { readonly told: unknown } | { readonly value: unknown } {
  const reply: unknown = JSON.parse(line);
  if (typeof reply !== 'object' || reply === null) throw silent(path, 'the answer is not an object');
  if (!('protocol' in reply) || reply.protocol !== PROTOCOL) {
    throw silent(path, 'it is of another version of hotpass; end it with the version that started it');
  }
  if ('error' in reply) throw silent(path, String(reply.error));
  if ('told' in reply) return { told: reply.told };
  return { value: 'value' in reply ? reply.value : undefined };
}

function silent(path: string, why: string, cause?: unknown): HotpassError {
  return new HotpassError('supervisor-silent', `the session behind ${path} does not answer: ${why}`, {
    cause,
  });
}
