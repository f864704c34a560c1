import type { Socket } from 'node:net';
import { readHandshakeAnswer, writeHandshakeComplete, writeHandshakeRequest } from './handshake.ts';
import { type Message, readMessage } from './message.ts';
import { createMux } from './mux.ts';
import { createPacer, type Pace } from './pacer.ts';
import { createReceiving, type Handled } from './receiving.ts';
import { createSending } from './sending.ts';

/** How an agent behaves; each can be set for an instance. */
export interface AgentManners {
  /** Default `official`. */
  readonly pace?: Pace | undefined;
  /** How long after HandshakeComplete data is neither taken nor acknowledged. Default 0. */
  readonly notReadyMs?: number | undefined;
  /** Sends HandshakeComplete before the acknowledgement of the client's answer. */
  readonly completesBeforeAck?: boolean | undefined;
  /** Words of the account's administrator. Default: none. */
  readonly customerMessage?: string | undefined;
  /** Asks for encryption with this key. */
  readonly kmsKeyId?: string | undefined;
  /** Never begins the handshake. */
  readonly isMute?: boolean | undefined;
  /** How long it waits for the client's answer. Default 15 s. */
  readonly handshakeMs?: number | undefined;
}

/** An agent in one session. */
export interface Agent {
  start(): void;
  take(frame: Buffer): void;
  /** The client is away, or back. */
  setPaused(paused: boolean): void;
  /** The way to the client has room again. */
  wake(): void;
  /** Tells whether it reads nothing more for now. */
  isBlocked(): boolean;
  facts(): AgentFacts;
  stop(): void;
}

interface AgentFacts {
  readonly streams: number;
  readonly targetSockets: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly clientVersion: string | undefined;
}

/** What an agent works with. */
export interface AgentUser {
  readonly version: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly manners: AgentManners;
  dial(): Promise<Socket>;
  send(frame: Buffer): void;
  isFull(): boolean;
  onUnblocked(): void;
  /** It has ended its side, for this reason if any. */
  onEnd(why: string): void;
}

const PAYLOAD = { data: 1, request: 5, answer: 6, complete: 7, flag: 10 } as const;
const FLAG = { terminate: 2, refused: 3 } as const;
const ROOM_BYTES = 256 * 1024;
const PATIENCE_MS = 15_000;

/** Makes an agent: handshake, then streams. */
export function createAgent(user: AgentUser): Agent {
  const { manners } = user;
  let paused = false;
  let phase: 'before' | 'asked' | 'ready' | 'over' = 'before';
  let readyAt = 0;
  let askedAt = 0;
  let bytesUp = 0;
  let bytesDown = 0;
  let clientVersion: string | undefined;
  let patience: NodeJS.Timeout | undefined;
  let inbox: Buffer[] = [];

  const sending = createSending(user.send, () => paused);
  const pacer = createPacer({
    pace: manners.pace ?? 'official',
    canSend: () => !paused && !user.isFull(),
    send: (frame) => sending.send(frame, PAYLOAD.data),
    onRoom: () => mux.onRoom(),
  });
  const mux = createMux({
    dial: user.dial,
    push(piece) {
      pacer.push(piece);
      return pacer.length() < ROOM_BYTES;
    },
    onRefused: () => sending.sendText(String.fromCharCode(0, 0, 0, FLAG.refused), PAYLOAD.flag),
    onUnblocked: () => readInbox(),
    onUp: (bytes) => {
      bytesUp += bytes;
    },
    onDown: (bytes) => {
      bytesDown += bytes;
    },
  });

  const end = (why: string) => {
    if (phase === 'over') return;
    phase = 'over';
    // The acknowledgement of what ended it goes first.
    queueMicrotask(() => user.onEnd(why));
  };
  const complete = () => {
    if (phase !== 'asked') return;
    phase = 'ready';
    readyAt = performance.now() + (manners.notReadyMs ?? 0);
    const text = writeHandshakeComplete(performance.now() - askedAt, manners.customerMessage ?? '');
    sending.sendText(text, PAYLOAD.complete);
  };
  const answer = (message: Message) => {
    if (phase !== 'asked') return;
    clearTimeout(patience);
    const said = readHandshakeAnswer(message.payload.toString());
    if (!said.isAccepted) return end(said.why);
    clientVersion = said.clientVersion;
    if (manners.completesBeforeAck === true) complete();
    else queueMicrotask(complete);
  };
  const handle = (message: Message): Handled => {
    if (message.payloadType === PAYLOAD.answer) answer(message);
    // The real one acknowledges what comes too early, and throws it away.
    if (phase !== 'ready') return 'taken';
    if (message.payloadType === PAYLOAD.flag && message.payload.at(-1) === FLAG.terminate) end('');
    if (message.payloadType !== PAYLOAD.data) return 'taken';
    if (performance.now() < readyAt) return 'later';
    if (!mux.take(message.payload)) end('');
    return 'taken';
  };
  const receiving = createReceiving(handle, user.send);

  const read = (frame: Buffer) => {
    const message = readMessage(frame);
    if (message?.type === 'acknowledge') {
      sending.acknowledge(acknowledgedBy(message.payload));
      resume();
    } else if (message?.type === 'input_stream_data') {
      resume();
      receiving.take(message);
    }
  };
  const readInbox = () => {
    const waiting = inbox;
    inbox = [];
    for (const [index, frame] of waiting.entries()) {
      if (mux.isBlocked()) {
        inbox = waiting.slice(index);
        return;
      }
      if (phase !== 'over') read(frame);
    }
    user.onUnblocked();
  };
  const resume = () => {
    if (!paused) return;
    paused = false;
    pacer.wake();
  };
  return {
    start() {
      if (manners.isMute === true || phase !== 'before') return;
      phase = 'asked';
      askedAt = performance.now();
      const { version: agentVersion, properties } = user;
      sending.sendText(
        writeHandshakeRequest({ agentVersion, properties, kmsKeyId: manners.kmsKeyId }),
        PAYLOAD.request,
      );
      patience = setTimeout(() => end('Handshake timed out.'), manners.handshakeMs ?? PATIENCE_MS);
    },
    take(frame) {
      if (phase === 'over') return;
      if (mux.isBlocked() || inbox.length > 0) inbox.push(frame);
      else read(frame);
    },
    setPaused(next) {
      if (next) paused = true;
      else resume();
    },
    wake: () => pacer.wake(),
    isBlocked: () => mux.isBlocked(),
    facts: () => ({ ...mux.facts(), bytesUp, bytesDown, clientVersion }),
    stop() {
      phase = 'over';
      clearTimeout(patience);
      sending.stop();
      pacer.stop();
      mux.stop();
      inbox = [];
    },
  };
}

const ACK = /"AcknowledgedMessageSequenceNumber":\s*(\d+)/;

/** One number of a small JSON text, read tens of thousands of times a second. */
function acknowledgedBy(payload: Buffer): number {
  return Number(ACK.exec(payload.toString('latin1'))?.[1] ?? -1);
}
