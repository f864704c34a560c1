import type { SsmApi } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import { createAbort } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import type { Retry } from '../../net/status.ts';
import { type Line, openLine } from './line.ts';
import { createRetries } from './retries.ts';
import type { OpenSocket } from './socket.ts';
import { readStreamUrl } from './stream-url.ts';
import { within } from './within.ts';

/** The way of a session to its message gateway, kept: where its websocket is lost, the session is resumed over a new one. */
export interface KeptLine {
  /** The websocket of this moment. */
  line(): Line | undefined;
  /** Stops, or goes on, reading; it holds for websockets to come. */
  hold(isHeld: boolean): void;
  /** Something new came through: what failed before counts no more. */
  moved(): void;
  /** Tells whether there is no websocket that the far side has answered on. */
  isResuming(): boolean;
  /** Asks for a sign of life. A websocket that gives none in time is given up, and resumed. */
  answers(withinMs: number): Promise<boolean>;
  /** Tries at once where the next try is waited for. */
  hurry(): void;
  /** The try to resume that is made or waited for; undefined while a websocket is there. */
  nextTry(): Retry | undefined;
  /** Ends it for good. */
  close(): void;
}

export interface KeepLine {
  readonly api: SsmApi;
  readonly sessionId: string;
  readonly streamUrl: string;
  /** Secret. */
  readonly token: string;
  readonly clientId: string;
  readonly openSocket: OpenSocket;
  readonly onFrame: (bytes: Buffer) => void;
  /** Frames can be sent again: `line` has a new websocket. */
  readonly onLine: (line: Line) => void;
  /** All that was sent has left. */
  readonly onDrain: () => void;
  /** The far side answers on a new websocket. */
  readonly onResumed: () => void;
  /** The websocket is gone, or a try to resume failed. Told once for each reason in a row. */
  readonly onInterrupted: (why: HotpassError) => void;
  /** The session cannot be resumed; nothing is told after it. */
  readonly onOver: (why: HotpassError) => void;
}

const CONNECT_MS = 10_000;
const RESUME_CALL_MS = 15_000;
/** A websocket that held this long was good: its loss is a new event, not the next failure in a row. */
const STEADY_MS = 10_000;
/**
 * Opens the first websocket of a session; only `close`, and a session that is over, end it after that. Throws
 * `stream-url-refused`, `aws-unreachable`, `ssm-failed`.
 */
export async function keepLine(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  open: KeepLine,
  signal: AbortSignal,
): Promise<KeptLine> {
  const over = createAbort();
  let url = readStreamUrl(open.streamUrl, open.api);
  let line: Line | undefined;
  let openedAt = 0;
  let isProved = false;
  let isHeld = false;
  let told: string | undefined;
  let proved = createDeferred<boolean>();

  const connect = (token: string, giveUp: AbortSignal) => {
    const onOpen = (opened: Line) => {
      line = opened;
      openedAt = sys.monotonic();
      open.onLine(opened);
      if (isHeld) holdLine(opened);
    };
    return within(
      sys,
      CONNECT_MS,
      giveUp,
      (cut) => openLine(sys, { ...open, url, token, onOpen, onProved: prove, onLost: lose }, cut),
      () => new HotpassError('aws-unreachable', `${url.hostname} did not take the websocket in time`),
    );
  };

  const holdLine = (held: Line) => {
    held.hold(true);
    // Nothing is heard from now on: the far side is believed to be there.
    prove();
  };

  const prove = () => {
    if (isProved) return;
    const isFirst = told === undefined;
    isProved = true;
    told = undefined;
    proved.resolve(true);
    if (!isFirst) open.onResumed();
  };

  const lose = (why: HotpassError) => {
    line = undefined;
    if (isProved) proved = createDeferred();
    isProved = false;
    if (sys.monotonic() - openedAt >= STEADY_MS) retries.forget();
    interrupt(why);
    void retries.run(resume);
  };

  const interrupt = (why: HotpassError) => {
    const words = `${why.code} ${why.message}`;
    if (over.signal.aborted || words === told) return;
    told = words;
    open.onInterrupted(why);
  };

  const resume = async (giveUp: AbortSignal) => {
    const resumed = await within(
      sys,
      RESUME_CALL_MS,
      giveUp,
      (cut) => open.api.resumeSession(open.sessionId, cut),
      () => new HotpassError('aws-unreachable', 'Systems Manager did not answer in time'),
    );
    if (resumed === undefined) {
      close();
      open.onOver(
        new HotpassError('ssm-failed', `session ${open.sessionId} is over: SSM does not resume it`),
      );
      return;
    }
    if (resumed.streamUrl !== undefined) url = readStreamUrl(resumed.streamUrl, open.api);
    await connect(resumed.token, giveUp);
  };

  const close = () => {
    over.abort();
    line?.cut();
    line = undefined;
    proved.resolve(false);
  };

  const retries = createRetries(sys, over.signal, interrupt);
  try {
    await connect(open.token, signal);
  } catch (error) {
    close();
    throw error;
  }
  return {
    line: () => line,
    hold(hold) {
      if (hold === isHeld) return;
      isHeld = hold;
      if (hold && line !== undefined) holdLine(line);
      else line?.hold(false);
    },
    moved: retries.forget,
    isResuming: () => !isProved,
    async answers(withinMs) {
      const asked = line;
      if (asked === undefined || !isProved) {
        retries.hurry();
        return Promise.race([proved.promise, sys.sleep(withinMs, over.signal).then(() => false)]);
      }
      const isThere = await asked.answers(withinMs);
      if (!isThere && asked === line) asked.lose(new HotpassError('aws-unreachable', 'SSM did not answer'));
      return isThere;
    },
    hurry: retries.hurry,
    nextTry: () => (isProved ? undefined : retries.next()),
    close,
  };
}
