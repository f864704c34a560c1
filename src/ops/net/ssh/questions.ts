/**
 * The near end of askpass. ssh starts our askpass for a question (readpass.c of openssh-portable); that asks here, over
 * a private socket, and gives ssh what it is told. Nobody but this user can reach the socket.
 */
import { chmod } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { Question } from '../../supervisor/attendance.ts';
import { readLines } from '../../supervisor/lines.ts';

/** What askpass was started for. */
export interface AskpassCall {
  readonly prompt: string;
  /** SSH_ASKPASS_PROMPT: `confirm`, `none`, or empty. */
  readonly hint: string;
  /** The ssh that started it. */
  readonly ssh: number;
}

/** Gives the answer to a call, or undefined for none; `gone` is aborted when ssh no longer waits for it. */
export type AnswerCall = (call: AskpassCall, gone: AbortSignal) => Promise<string | undefined>;

/** Variable with the path of the socket; stands in the environment of ssh. */
const SOCKET_VARIABLE = 'HOTPASS_ASKPASS_SOCKET';

/** The environment that makes an ssh (OpenSSH 8.4 or later), and those that it starts, ask here and nowhere else. */
export function askpassEnvironment(
  program: { readonly node: string; readonly askpass: string },
  socket: string,
) {
  return {
    SSH_ASKPASS: program.askpass,
    SSH_ASKPASS_REQUIRE: 'force',
    HOTPASS_ASKPASS_NODE: program.node,
    [SOCKET_VARIABLE]: socket,
  };
}

/** Listens for the calls of askpass; gives what ends that, and with it every call that has no answer yet. */
export async function serveQuestions(path: string, answer: AnswerCall): Promise<() => void> {
  const asking = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    asking.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => asking.delete(socket));
    receive(socket, answer).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      // A call that cannot be taken (no file handle left) must not end the session.
      server.on('error', () => {});
      resolve();
    });
  });
  const close = () => {
    server.close();
    for (const socket of asking) socket.destroy();
  };
  // A path that is too long is cut by libuv: then there is no such file.
  await chmod(path, 0o600).catch((error: unknown) => {
    close();
    throw error;
  });
  return close;
}

/** What ssh asks with the answer visible: its own questions about host keys; a server's words come with its name. */
const OPEN_QUESTIONS =
  /^(?:The authenticity of host |Please type 'yes'|Are you sure you want to continue |Accept updated hostkeys\? )/;

/** Tells what kind of question a call is. askpass is not told whether an answer may be seen: if in doubt, it may not. */
export function questionKind({ prompt, hint }: Pick<AskpassCall, 'prompt' | 'hint'>): Question['kind'] {
  if (hint === 'none') return 'notice';
  if (hint === 'confirm') return 'confirm';
  return OPEN_QUESTIONS.test(prompt) ? 'open' : 'secret';
}

async function receive(socket: Socket, answer: AnswerCall): Promise<void> {
  const lines = readLines(socket);
  const line = await lines.next();
  const call: unknown = line === undefined ? undefined : JSON.parse(line);
  if (!isCall(call)) return void socket.destroy();
  const text = await answer(call, lines.over);
  if (text === undefined) socket.destroy();
  else socket.end(`${text}\n`);
}

function isCall(value: unknown): value is AskpassCall {
  return (
    typeof value === 'object' &&
    value !== null &&
    'prompt' in value &&
    typeof value.prompt === 'string' &&
    'hint' in value &&
    typeof value.hint === 'string' &&
    'ssh' in value &&
    typeof value.ssh === 'number'
  );
}
