import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SsmApi } from '../../../src/aws.ts';
import type { Channel } from '../../../src/ops/ssm/channel/channel.ts';
import { openChannel } from '../../../src/ops/ssm/channel/open-channel.ts';
import { ackOf, encodeAck } from '../../../src/ops/ssm/message/ack.ts';
import { decodeMessage, type Message } from '../../../src/ops/ssm/message/message.ts';
import { MESSAGE_TYPE, PAYLOAD_TYPE } from '../../../src/ops/ssm/message/protocol.ts';
import type { RECORDINGS } from '../../support/ssm-recording.ts';
import { realTime } from '../net/support.ts';
import { followTalk, type Progress, type Step, stepsOf } from './recorded-talk.ts';

/** A service that plays the agent's side of a recording to our client, and what came of it. */
export interface ReplayStage {
  /** Opens a channel as the recorded client did. */
  open(): Promise<Channel>;
  /** Plays these in place of what is left. */
  playInstead(...frames: readonly Buffer[]): void;
  /** Lets the service say that the session is over, where the recording has that. */
  letEnd(): void;
  /** Steps of the recording that were not played yet, but for its end. */
  left(): number;
  /** What the client has said, in its order. */
  readonly talk: ReturnType<typeof followTalk>;
  /** All that the client sent, as it sent it. */
  readonly said: readonly Message[];
  /** The agent's messages that were played, with duplicates. */
  readonly played: readonly Message[];
  /** The texts of the client's acknowledgements. */
  acks(): readonly string[];
  /** The open frames of the client's websockets. */
  readonly greetings: readonly Record<string, unknown>[];
  /** What was asked of the API and told by the channel, in order. */
  readonly words: readonly string[];
  close(): Promise<void>;
}

/** Makes the stage for one recording. */
export async function openReplayStage(name: (typeof RECORDINGS)[number]): Promise<ReplayStage> {
  const steps: Step[] = [...stepsOf(name)];
  const talk = followTalk();
  const said: Message[] = [];
  const played: Message[] = [];
  const greetings: Record<string, unknown>[] = [];
  const words: string[] = [];
  let socket: WebSocket | undefined;
  let tokens = 0;
  let mayEnd = false;
  const acked = new Set<string>();
  const pump = () => {
    for (let [step] = steps; step !== undefined; [step] = steps) {
      if (step.does === 'refuse' || socket === undefined || !isReached(step.after, talk.progress())) return;
      if (step.does === 'cut' && acked.size < step.acked) return;
      if (step.does === 'end' && !mayEnd) return;
      steps.shift();
      if (step.does === 'cut') {
        socket.terminate();
        socket = undefined;
        return;
      }
      const message = decodeMessage(step.frame);
      if (message?.type === MESSAGE_TYPE.output) played.push(message);
      socket.send(step.frame);
    }
  };
  const take = (frame: Buffer) => {
    const message = decodeMessage(frame);
    if (message === undefined) throw new Error(`the client sent ${frame.toString('hex')}`);
    said.push(message);
    if (message.type === MESSAGE_TYPE.acknowledge) acked.add(message.payload.toString());
    if (message.type === MESSAGE_TYPE.input) {
      talk.take(message);
      socket?.send(encodeAck(message, Date.now()));
    }
    pump();
  };

  const server = createServer();
  const websockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, below, head) => {
    if (steps[0]?.does === 'refuse') {
      steps.shift();
      below.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      return;
    }
    websockets.handleUpgrade(request, below, head, (opened) => {
      opened.on('message', (data, isBinary) => {
        if (!Buffer.isBuffer(data)) return;
        if (isBinary) return take(data);
        greetings.push(JSON.parse(data.toString()));
        socket = opened;
        pump();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const streamUrl = `ws://${host}/v1/data-channel/demo?role=publish_subscribe`;
  const nextToken = () => {
    tokens += 1;
    return `FAKE-TOKEN-${tokens}`;
  };
  const api: SsmApi = {
    region: 'eu-west-1',
    endpoint: new URL(`http://${host}`),
    startSession: async () => ({ sessionId: 'demo', streamUrl, token: nextToken() }),
    async resumeSession() {
      words.push('ResumeSession');
      return { streamUrl: undefined, token: nextToken() };
    },
    async terminateSession() {
      words.push('TerminateSession');
    },
    findInstances: () => Promise.reject(new Error('not asked here')),
    findSessions: () => Promise.reject(new Error('not asked here')),
  };
  return {
    talk,
    said,
    played,
    greetings,
    words,
    left: () => steps.filter(({ does }) => does !== 'end').length,
    letEnd() {
      mayEnd = true;
      pump();
    },
    playInstead(...frames) {
      steps.length = 0;
      const after = { words: 0, opened: 0, closed: [], bytes: 0 };
      for (const frame of frames) steps.push({ does: 'frame', frame, after, acked: 0 });
      pump();
    },
    acks: () =>
      said.filter(({ type }) => type === MESSAGE_TYPE.acknowledge).map(({ payload }) => payload.toString()),
    open: () =>
      openChannel(
        realTime,
        {
          api,
          start: {
            target: 'i-0123456789abcdef0',
            document: 'AWS-StartPortForwardingSession',
            parameters: { portNumber: ['80'], localPortNumber: ['0'] },
            reason: '',
          },
          clientId: randomUUID(),
          listener: {
            onInterrupted: ({ code }) => words.push(`interrupted ${code}`),
            onResumed: () => words.push('resumed'),
            onRefusal: () => words.push('refused'),
            onMessage: (text) => words.push(text),
          },
          log: () => {},
        },
        new AbortController().signal,
      ),
    async close() {
      for (const open of websockets.clients) open.terminate();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The acknowledgement that each of these messages must get. */
export function acksFor(messages: readonly Message[]): string[] {
  return messages.map(ackOf);
}

/** Ours may say things in other pieces; what counts is what it has said. A withheld FIN is not waited for. */
function isReached(wanted: Progress, got: Progress): boolean {
  return (
    got.words >= Math.min(wanted.words, 1) &&
    got.opened >= wanted.opened &&
    got.bytes >= wanted.bytes &&
    wanted.closed.every((id) => got.closed.includes(id))
  );
}

/** Bytes of connections that the client sent before the agent had said that it is ready. */
export function saidTooEarly(said: readonly Message[], played: readonly Message[]): readonly Message[] {
  const complete = played.find(({ payloadType }) => payloadType === PAYLOAD_TYPE.handshakeComplete);
  const ready = said.findIndex(
    ({ type, payload }) =>
      complete !== undefined && type === MESSAGE_TYPE.acknowledge && payload.toString() === ackOf(complete),
  );
  return said.slice(0, ready).filter(({ payloadType }) => payloadType === PAYLOAD_TYPE.output);
}
