import type { SsmApi, StartSession } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import { NEVER } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import type { Channel, ChannelListener } from './channel.ts';
import { type Conversation, converse } from './conversation.ts';
import { endSession } from './end-session.ts';
import { type KeptLine, keepLine } from './kept-line.ts';
import { createOpenSocket, type OpenSocket } from './socket.ts';
import { startSession } from './start-session.ts';
import { within } from './within.ts';

export interface OpenChannel {
  readonly api: SsmApi;
  readonly start: StartSession;
  /** A UUID: the same for all websockets of a session. */
  readonly clientId: string;
  readonly listener: ChannelListener;
  readonly log: (text: string) => void;
  /** Told the moment the session exists over there: from then on it must be ended, whatever happens here. */
  readonly onSession?: (sessionId: string) => void;
  /** Default: the websockets of this machine. */
  readonly openSocket?: OpenSocket;
}

type ChannelSystem = Pick<System, 'now' | 'monotonic' | 'sleep'>;

/** The agent waits 15 s for its answer, and asks again all the while. */
const HANDSHAKE_MS = 20_000;
/** How long an agent may take to hear that it shall end; the call to the service ends the session too. */
const FLAG_MS = 500;

/**
 * Opens a session and resolves when its agent is ready for connections. Whatever fails, the session is ended over there
 * too. Throws what `startSession` throws, `stream-url-refused`, `aws-unreachable`, `agent-too-old`, `agent-wants-kms`,
 * `remote-forbidden`, `session-idle`, `ssm-failed`, and `interrupted` when the signal gives it up.
 */
export async function openChannel(
  sys: ChannelSystem,
  open: OpenChannel,
  signal: AbortSignal,
): Promise<Channel> {
  const started = await startSession(sys, open, signal);
  open.onSession?.(started.sessionId);
  const ended = createDeferred<HotpassError>();
  const saidOver = createDeferred<void>();
  let isOver = false;
  let isOpen = false;
  let line: KeptLine | undefined;
  let lastWhy: HotpassError | undefined;
  let closing: Promise<void> | undefined;

  const finish = (why: HotpassError) => {
    if (isOver) return;
    isOver = true;
    line?.close();
    talk.detach();
    talk.smux.end(why);
    ended.resolve(why);
  };
  const stopOnce = async (why: HotpassError) => {
    // The far side said so, and whoever got the channel knows. One that nobody got is ended in any case.
    if (isOver && isOpen) return;
    talk.smux.end(why);
    const overThere = endSession(sys, open.api, started.sessionId, open.log);
    if (!isOver && line?.isResuming() === false)
      await Promise.race([talk.terminate(), saidOver.promise, sys.sleep(FLAG_MS, NEVER)]);
    await overThere;
    finish(why);
  };
  /** Ends it here and over there. */
  const stop = (why: HotpassError) => {
    closing ??= stopOnce(why);
    return closing;
  };
  const onOver = (why: HotpassError) => {
    saidOver.resolve();
    open.listener.onOver?.();
    // What is said of an end that we asked for is not its reason.
    if (closing === undefined) finish(why);
  };
  const talk: Conversation = converse(sys, {
    expected: { host: open.start.parameters.host?.[0], instance: open.start.target },
    onRefusal: open.listener.onRefusal,
    onMessage: open.listener.onMessage,
    onBudget: (isSpent) => line?.hold(isSpent),
    onOver,
    onNonsense: (why) => void stop(why),
  });

  const connect = async (cut: AbortSignal) => {
    line = await keepLine(
      sys,
      {
        ...open,
        ...started,
        openSocket: open.openSocket ?? createOpenSocket(open.api.agent),
        onFrame(bytes) {
          if (!isOver && talk.take(bytes)) line?.moved();
        },
        onLine: talk.attach,
        onDrain: talk.drained,
        onInterrupted(why) {
          lastWhy = why;
          talk.detach();
          if (isOpen) open.listener.onInterrupted(why);
        },
        onResumed() {
          if (isOpen) open.listener.onResumed();
        },
        onOver,
      },
      cut,
    );
    if (isOver) line.close();
  };
  const shakeHands = async (cut: AbortSignal): Promise<string> => {
    await connect(cut);
    const outcome = await Promise.race([talk.ready, ended.promise]);
    if (typeof outcome !== 'string') throw outcome;
    // The agent's port plugin starts after the handshake, and may have given up already.
    if (isOver) throw await ended.promise;
    return outcome;
  };

  try {
    const late = () => lastWhy ?? noHandshake(open.start.target);
    const agentVersion = await within(sys, HANDSHAKE_MS, signal, shakeHands, late);
    isOpen = true;
    return {
      sessionId: started.sessionId,
      agentVersion,
      dial: async (receive) => talk.smux.open(receive),
      streams: talk.smux.streams,
      isResuming: () => !isOver && line?.isResuming() === true,
      answers: async (withinMs) => !isOver && (await line?.answers(withinMs)) === true,
      hurry: () => line?.hurry(),
      nextTry: () => (isOver ? undefined : line?.nextTry()),
      evidence: () => `session ${started.sessionId}, ${pulse(line, talk)}`,
      ended: ended.promise,
      close: () => stop(new HotpassError('interrupted', 'the session was ended')),
    };
  } catch (error) {
    await stop(new HotpassError('interrupted', 'the session did not come up'));
    throw error;
  }
}

function noHandshake(instance: string): HotpassError {
  return new HotpassError('ssm-failed', `the agent of ${instance} does not speak`, {
    hint: 'is the SSM agent of the instance running, and can it reach the service?',
  });
}

function pulse(line: KeptLine | undefined, talk: Conversation): string {
  const heardAgoMs = line?.line()?.heardAgoMs();
  if (heardAgoMs === undefined) return 'no socket';
  const rtt = talk.rttMs();
  const trip = rtt === undefined ? '' : `, round trip ${Math.max(1, Math.round(rtt))} ms`;
  return `heard ${Math.round(heardAgoMs / 1000)} s ago${trip}`;
}
