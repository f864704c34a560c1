import { join } from 'node:path';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError, messageOf } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { whenAborted } from '../../../signals.ts';
import type { Environment, System } from '../../../system.ts';
import type { Attendance } from '../../supervisor/attendance.ts';
import type { Gateway } from '../plan.ts';
import { type AnswerCall, askpassEnvironment, questionKind, serveQuestions } from './questions.ts';
import { bastionName, manualLogin, wayName } from './server-name.ts';

/** What the questions of one ssh, and of those on its way, come to. */
export interface Asking {
  /** What makes an ssh ask here. */
  readonly env: Environment;
  /** Tells that the ssh runs: any other that asks is on its way. */
  began(pid: number): void;
  /** Tells that the login is done: what is asked from now on may stay without an answer. */
  loggedIn(): void;
  /** Tells a line of ssh: it belongs to the next question. */
  said(line: string): void;
  /** Resolves when this try is to be ended: it wants a person, and there is none. */
  readonly givenUp: Promise<void>;
  /** Why the try ended: what the questions tell of it, else what ssh said. */
  explain(told: HotpassError): HotpassError;
  /** Nobody asks any more: ssh is gone. */
  close(): void;
  /** The same for an ssh that never ran: throws what kept it from that. */
  abandon(error: unknown): never;
}

interface OpenAsking {
  readonly gateway: Gateway;
  readonly attendance: Attendance;
  readonly log: (text: string) => void;
}

/** Lines of ssh that are kept for the next question. */
const KEPT_LINES = 20;

const HUNG_UP = /^Connection (?:closed|reset) by |: Broken pipe$/;
/** No server hangs up on somebody who answers sooner. */
const LONG_MS = 5_000;

/** A question of the server about the login: `(me@bastion) Password:`, `me@bastion's password:`. */
const ABOUT_LOGIN = /^(?:\(\S+@\S+\) |\S+@\S+'s )/;

/**
 * Takes the questions of one try, asked over a socket in its folder, to who attends. Without a person they have no
 * answer: ssh goes on with the next key, and ends at an unknown host; but no server is sent empty passwords again and
 * again.
 */
export async function openAsking(
  sys: Pick<System, 'program'>,
  { gateway, attendance, log }: OpenAsking,
  folder: string,
  isAttended: boolean,
): Promise<Asking> {
  const givenUp = createDeferred<void>();
  const takenBefore = attendance.takenMs();
  let why: HotpassError | undefined;
  let own: number | undefined;
  let said: string[] = [];
  let isIn = false;
  const giveUp = (from: string, prompt: string) => {
    // An ssh that works is not ended over a question that comes afterwards (UpdateHostKeys).
    if (isIn) return;
    why ??= new HotpassError(
      'login-needed',
      `${from} asks, and nobody is there to answer: ${shown(prompt)}`,
      {
        hint: `try by hand: ${manualLogin(gateway)}`,
      },
    );
    givenUp.resolve();
  };
  const answer: AnswerCall = async (call, gone) => {
    const from = `ssh (${own === undefined || call.ssh === own ? bastionName(gateway) : wayName(gateway)})`;
    const kind = questionKind(call);
    log(`${from} asks: ${shown(call.prompt)}`);
    if (!isAttended) {
      if (kind === 'notice') return await whenAborted(gone);
      if (ABOUT_LOGIN.test(call.prompt)) giveUp(from, call.prompt);
      return undefined;
    }
    const text = [...said, call.prompt].join('\n');
    said = [];
    const reply = await attendance.ask({ from, text, kind }, gone);
    if (gone.aborted) return undefined;
    if (reply === undefined) giveUp(from, call.prompt);
    else log(reply.answer === undefined ? 'the question was declined' : 'the question was answered');
    return reply?.answer;
  };
  const socket = join(folder, 'ask');
  const close = await serveQuestions(socket, answer).catch((error: unknown) => {
    // askpass then finds nobody: the login goes on as one without a person does.
    log(`ssh cannot ask: ${messageOf(error)}`);
    return () => {};
  });
  return {
    env: askpassEnvironment(sys.program, socket),
    began(pid) {
      own = pid;
    },
    loggedIn() {
      isIn = true;
    },
    said(line) {
      // That a new host key was kept is a note of its own.
      if (!line.startsWith('Warning: Permanently added')) said = [...said, line].slice(-KEPT_LINES);
    },
    givenUp: givenUp.promise,
    explain(told) {
      if (isIn) return told;
      const hungUp = said.some((line) => HUNG_UP.test(line));
      return why ?? (hungUp ? tooLate(told, attendance.takenMs() - takenBefore) : told);
    },
    close,
    abandon(error) {
      close();
      throw error;
    },
  };
}

/** A server that hung up on somebody who took long is not out of reach. */
function tooLate(told: HotpassError, takenMs: number): HotpassError {
  if (told.code !== 'ssh-unreachable' || takenMs < LONG_MS) return told;
  const seconds = Math.round(takenMs / 1000);
  return new HotpassError(told.code, `${told.message}, after ${seconds} s of waiting for an answer`, {
    hint: 'answer sooner: a server waits only so long for a login (LoginGraceTime of its sshd)',
  });
}

/** The last line of a question: the one that asks. */
function shown(prompt: string): string {
  return printable(prompt.trim().split('\n').at(-1) ?? '');
}
