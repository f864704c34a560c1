import type { Socket } from 'node:net';
import { createBasic } from './basic.ts';
import { readHandshakeAnswer, writeHandshakeComplete, writeHandshakeRequest } from './handshake.ts';
import { createInbox } from './inbox.ts';
import type { AgentManners } from './manners.ts';
import { type Message, readMessage } from './message.ts';
import { createMux } from './mux.ts';
import { createPacer } from './pacer.ts';
import { type PortForm, type PortUser, speaksSmux, wantsKeepalive } from './port-form.ts';
import { createReceiving, type Handled } from './receiving.ts';
import { createSending } from './sending.ts';
import { KEEPALIVE } from './smux-keepalive.ts';

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
  /** Why its port plugin gives up at once, which is after the handshake; undefined: it does not. */
  readonly refusal: string | undefined;
  dial(): Promise<Socket>;
  send(frame: Buffer): void;
  isFull(): boolean;
  onUnblocked(): void;
  /** It has ended its side, for this reason if any. */
  onEnd(why: string): void;
}

const PAYLOAD = { data: 1, request: 5, answer: 6, complete: 7, flag: 10 } as const;
const FLAG = { disconnect: 1, terminate: 2, refused: 3 } as const;
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
  let clientVersion = '';
  let patience: NodeJS.Timeout | undefined;
  let form: PortForm | undefined;
  let lastWords: string | undefined;

  const sending = createSending(user.send, () => paused);
  const pacer = createPacer({
    pace: manners.pace ?? 'official',
    canSend: () => !user.isFull(),
    send: (frame) => sending.send(frame, PAYLOAD.data),
    onRoom: () => form?.onRoom(),
    onEmpty: () => {
      if (lastWords !== undefined) end(lastWords);
    },
  });
  const port: PortUser = {
    dial: user.dial,
    push(piece) {
      pacer.push(piece);
      return pacer.length() < ROOM_BYTES;
    },
    onRefused: () => sending.sendText(String.fromCharCode(0, 0, 0, FLAG.refused), PAYLOAD.flag),
    onUnblocked() {
      if (inbox.drain()) user.onUnblocked();
    },
    onUp: (bytes) => {
      bytesUp += bytes;
    },
    onDown: (bytes) => {
      bytesDown += bytes;
    },
    onOver(why) {
      // What the target sent before it ended goes first.
      lastWords = why;
      pacer.wake();
    },
  };

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
    const times = wantsKeepalive(clientVersion, user.version) ? (manners.keepalive ?? KEEPALIVE) : undefined;
    form = speaksSmux(user.properties, clientVersion) ? createMux(port, times) : createBasic(port);
    const text = writeHandshakeComplete(performance.now() - askedAt, manners.customerMessage ?? '');
    sending.sendText(text, PAYLOAD.complete);
    if (user.refusal !== undefined) end(user.refusal);
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
    if (message.payloadType === PAYLOAD.flag) obey(message.payload.at(-1));
    if (message.payloadType !== PAYLOAD.data) return 'taken';
    if (performance.now() < readyAt) return 'later';
    if (form?.take(message.payload) === false) end('');
    return 'taken';
  };
  const obey = (flag: number | undefined) => {
    if (flag === FLAG.terminate) end('');
    else if (flag === FLAG.disconnect) form?.disconnect();
  };
  const isBlocked = () => form?.isBlocked() ?? false;
  const receiving = createReceiving(handle, user.send);

  const read = (frame: Buffer) => {
    const message = readMessage(frame);
    if (message?.type === 'acknowledge') sending.acknowledge(acknowledgedBy(message.payload));
    else if (message?.type === 'input_stream_data') receiving.take(message);
  };
  const inbox = createInbox(isBlocked, (frame) => {
    if (phase !== 'over') read(frame);
  });
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
    take: inbox.take,
    setPaused(next) {
      paused = next;
      pacer.wake();
    },
    wake: () => pacer.wake(),
    isBlocked,
    facts: () => ({
      ...(form?.facts() ?? { streams: 0, targetSockets: 0 }),
      bytesUp,
      bytesDown,
      clientVersion: clientVersion === '' ? undefined : clientVersion,
    }),
    stop() {
      phase = 'over';
      clearTimeout(patience);
      sending.stop();
      pacer.stop();
      form?.stop();
      inbox.clear();
    },
  };
}

const ACK = /"AcknowledgedMessageSequenceNumber":\s*(\d+)/;

/** One number of a small JSON text, read tens of thousands of times a second. */
function acknowledgedBy(payload: Buffer): number {
  return Number(ACK.exec(payload.toString('latin1'))?.[1] ?? -1);
}
