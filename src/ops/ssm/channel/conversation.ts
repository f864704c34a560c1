import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { createClock } from '../delivery/clock.ts';
import { createExchange } from '../delivery/exchange.ts';
import { FLAG, PAYLOAD_TYPE } from '../message/protocol.ts';
import { createSmux, type Smux } from '../smux/session.ts';
import { explainClosed } from './closed-reason.ts';
import { answerHandshake, type Expected, readCustomerMessage } from './handshake.ts';
import type { Line } from './line.ts';

/** All that is said over the websockets of one session: handshake, bytes of connections, flags, the end. */
export interface Conversation {
  readonly smux: Smux;
  /** Resolves with the agent's version when data may flow, or with why it never will. */
  readonly ready: Promise<string | HotpassError>;
  /** Takes one frame, and tells whether it brought something new. */
  take(frame: Buffer): boolean;
  /** Speaks over this websocket from now on. */
  attach(line: Line): void;
  /** The websocket is gone: what is written waits. */
  detach(): void;
  /** The websocket has sent all that it was given. */
  drained(): void;
  rttMs(): number | undefined;
  /** Asks the agent to end the session. Resolves when it has heard that. */
  terminate(): Promise<void>;
}

export interface Converse {
  readonly expected: Expected;
  readonly onRefusal: (why: string) => void;
  readonly onMessage: (text: string) => void;
  /** Nothing may be read from the websocket while true. */
  readonly onBudget: (isSpent: boolean) => void;
  /** The far side ended the session. */
  readonly onOver: (why: HotpassError) => void;
  /** The agent sends what cannot be understood; the session must be ended. */
  readonly onNonsense: (why: HotpassError) => void;
}

/** What waits in the websocket at most before connections wait: more would only delay acks and signs of life. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** Makes the conversation of a session; all of it is there before the first frame comes. */
export function converse(sys: Pick<System, 'now' | 'monotonic' | 'sleep'>, open: Converse): Conversation {
  let line: Line | undefined;
  let agentVersion = '';
  let isAnswered = false;
  let isComplete = false;
  const ready = createDeferred<string | HotpassError>();
  const exchange = createExchange({
    clock: createClock(sys),
    deliver,
    onRoom: () => drain(),
    onClosed: ({ output }) => open.onOver(explainClosed(output)),
  });
  const hasRoom = () => exchange.hasRoom() && (line?.unsent() ?? 0) < MAX_UNSENT_BYTES;
  const smux = createSmux(sys, {
    write(bytes) {
      exchange.write(bytes);
      return hasRoom();
    },
    onBudget: open.onBudget,
    onProtocolError: (why) =>
      open.onNonsense(new HotpassError('ssm-failed', `the agent sends what cannot be read: ${why}`)),
  });
  const drain = () => {
    if (hasRoom()) smux.drain();
  };

  function deliver(payloadType: number, payload: Buffer): void {
    if (payloadType === PAYLOAD_TYPE.output) smux.take(payload);
    else if (payloadType === PAYLOAD_TYPE.handshakeRequest) answer(payload);
    else if (payloadType === PAYLOAD_TYPE.handshakeComplete) complete(payload);
    else if (payloadType === PAYLOAD_TYPE.flag) heedFlag(payload);
  }

  function answer(payload: Buffer): void {
    // An agent asks once, and again only with the same number; another request would be one more answer to be kept.
    const answered = isAnswered ? undefined : answerHandshake(payload, open.expected);
    if (answered === undefined) return;
    isAnswered = true;
    agentVersion = answered.agentVersion;
    exchange.send(PAYLOAD_TYPE.handshakeResponse, Buffer.from(answered.response));
    if (answered.failure !== undefined) ready.resolve(answered.failure);
  }

  function complete(payload: Buffer): void {
    // Not before the request was answered: nobody knows yet who this is.
    if (isComplete || agentVersion === '') return;
    isComplete = true;
    const words = readCustomerMessage(payload);
    if (words !== '') open.onMessage(words);
    ready.resolve(agentVersion);
  }

  function heedFlag(payload: Buffer): void {
    if (payload.length !== 4 || payload.readUInt32BE(0) !== FLAG.connectToPortError) return;
    smux.refused();
    open.onRefusal(`the agent could not connect to ${open.expected.host ?? 'its port'}`);
  }

  return {
    smux,
    ready: ready.promise,
    take(frame) {
      const before = exchange.delivered();
      const unacked = exchange.unackedBytes();
      exchange.take(frame);
      return exchange.delivered() > before || exchange.unackedBytes() < unacked;
    },
    attach(opened) {
      line = opened;
      exchange.attach(opened.send);
      drain();
    },
    detach() {
      line = undefined;
      exchange.detach();
    },
    drained: drain,
    rttMs: exchange.rttMs,
    terminate() {
      return new Promise((resolve) => {
        const flag = Buffer.alloc(4);
        flag.writeUInt32BE(FLAG.terminateSession);
        exchange.send(PAYLOAD_TYPE.flag, flag, resolve);
      });
    },
  };
}
