import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Message, readMessage, writeMessage } from '../../src/rehearsal/ssm/message.ts';

/** What a probe session is started with. */
export interface OpenProbe {
  readonly target?: string;
  readonly document?: string;
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
  /** Default `1.2.677.0`. */
  readonly clientVersion?: string;
  /** Default true: answers the handshake by itself. */
  readonly answers?: boolean;
}

/** A bare client of the far side, which does what a test tells it and little else. */
export interface Probe {
  readonly sessionId: string;
  /** Every message that came, in order, over all sockets. */
  readonly came: readonly Message[];
  /** Each message of the agent once, in its order. */
  agentSaid(): readonly Message[];
  /** Bytes of a stream that came, up to now. */
  bytesOf(stream: number): Buffer;
  /** Streams that the agent has closed, in order. */
  closed(): readonly number[];
  /** Sends stream data with the next number. */
  send(payloadType: number, payload: Buffer | string): void;
  /** Sends smux frames in one message. */
  frames(...frames: readonly Buffer[]): void;
  raw(frame: Buffer): void;
  /** Which of the agent's messages are acknowledged; default: all. */
  acks(choose: (message: Message) => boolean): void;
  /** Cuts the socket without a close frame. */
  cut(): Promise<void>;
  /** Calls ResumeSession and connects again. */
  resume(): Promise<void>;
  /** Stops reading from the socket, or goes on. */
  setReading(reading: boolean): void;
  readonly closes: readonly { readonly code: number; readonly reason: string }[];
  readonly pongs: () => number;
  ping(): void;
  /** The socket it has now. */
  socket(): WebSocket;
}

const ANSWER =
  '"ProcessedClientActions":[{"ActionType":"SessionType","ActionStatus":1,"ActionResult":null,"Error":""}],"Errors":null}';

/** Writes one smux frame: 0 SYN, 1 FIN, 2 PSH, 3 NOP. */
export function smux(command: number, stream: number, data: Buffer | string = ''): Buffer {
  const body = Buffer.from(data);
  const head = Buffer.from([1, command, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(body.length, 2);
  head.writeUInt32LE(stream, 4);
  return Buffer.concat([head, body]);
}

/** Calls the API of a far side without AWS's client. */
export async function callSsm(
  url: string,
  operation: string,
  request: object,
  accessKeyId = 'AKIDREHEARSED',
) {
  const credential = `${accessKeyId}/20261121/eu-west-1/ssm/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'x-amz-target': `AmazonSSM.${operation}` },
    body: JSON.stringify(request),
  });
  return JSON.parse(await response.text());
}

/** Starts a session and connects to it. */
export async function openProbe(url: string, options: OpenProbe = {}): Promise<Probe> {
  const { clientVersion = '1.2.677.0' } = options;
  const started = await callSsm(url, 'StartSession', {
    Target: options.target ?? 'i-0123456789abcdef0',
    DocumentName: options.document ?? 'AWS-StartPortForwardingSession',
    Parameters: options.parameters ?? { portNumber: ['80'], localPortNumber: ['0'] },
  });
  if (started.SessionId === undefined) throw new Error(JSON.stringify(started));
  const came: Message[] = [];
  const closes: { code: number; reason: string }[] = [];
  let isAcked: (message: Message) => boolean = () => true;
  let sequence = 0;
  let hasAnswered = false;
  let pongs = 0;
  let ws: WebSocket;

  const send: Probe['send'] = (payloadType, payload) => {
    ws.send(writeMessage({ type: 'input_stream_data', sequence, payloadType, payload }));
    sequence += 1;
  };
  const take = (frame: Buffer) => {
    const message = readMessage(frame);
    if (message === undefined) throw new Error(`no message: ${frame.toString('hex')}`);
    came.push(message);
    if (message.type !== 'output_stream_data' || !isAcked(message)) return;
    ws.send(writeMessage({ type: 'acknowledge', flags: 3, payload: ackOf(message) }));
    if (message.payloadType !== 5 || hasAnswered || options.answers === false) return;
    hasAnswered = true;
    send(6, `{"ClientVersion":"${clientVersion}",${ANSWER}`);
  };
  const connect = async (streamUrl: string, token: string) => {
    ws = new WebSocket(streamUrl, { perMessageDeflate: false });
    ws.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) take(data);
    });
    ws.on('pong', () => {
      pongs += 1;
    });
    ws.on('close', (code, reason) => closes.push({ code, reason: String(reason) }));
    await once(ws, 'open');
    ws.on('error', () => {});
    const open = { MessageSchemaVersion: '1.0', RequestId: randomUUID(), TokenValue: token };
    const welcome = once(ws, 'message');
    ws.send(JSON.stringify({ ...open, ClientId: randomUUID(), ClientVersion: clientVersion }));
    await welcome;
  };
  await connect(started.StreamUrl, started.TokenValue);

  const agentSaid = () => {
    const bySequence = new Map<number, Message>();
    for (const one of came) if (one.type === 'output_stream_data') bySequence.set(one.sequence, one);
    return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  };
  return {
    sessionId: started.SessionId,
    came,
    closes,
    agentSaid,
    bytesOf: (stream) =>
      Buffer.concat(
        readSmux(agentSaid()).flatMap((one) => (one.command === 2 && one.stream === stream ? one.data : [])),
      ),
    closed: () => readSmux(agentSaid()).flatMap(({ command, stream }) => (command === 1 ? stream : [])),
    send,
    frames: (...frames) => send(1, Buffer.concat(frames)),
    raw: (frame) => ws.send(frame),
    acks(choose) {
      isAcked = choose;
    },
    async cut() {
      const gone = once(ws, 'close');
      ws.terminate();
      await gone;
    },
    async resume() {
      const resumed = await callSsm(url, 'ResumeSession', { SessionId: started.SessionId });
      if (resumed.TokenValue === undefined) throw new Error(JSON.stringify(resumed));
      await connect(resumed.StreamUrl, resumed.TokenValue);
    },
    setReading: (reading) => (reading ? ws.resume() : ws.pause()),
    pongs: () => pongs,
    ping: () => ws.ping(),
    socket: () => ws,
  };
}

/** Reads the smux frames of an agent's messages; what is not whole yet is left out. */
export function readSmux(messages: readonly Message[]) {
  const all = Buffer.concat(
    messages.flatMap(({ payloadType, payload }) => (payloadType === 1 ? payload : [])),
  );
  const found: { command: number; stream: number; data: Buffer }[] = [];
  for (let at = 0; at + 8 <= all.length; ) {
    const length = all.readUInt16LE(at + 2);
    if (all[at] !== 1) throw new Error(`no smux: ${all.toString('hex', at, at + 8)}`);
    const data = all.subarray(at + 8, at + 8 + length);
    if (data.length < length) break;
    found.push({ command: all[at + 1] ?? -1, stream: all.readUInt32LE(at + 4), data });
    at += 8 + length;
  }
  return found;
}

function ackOf({ type, id, sequence }: Message): string {
  return JSON.stringify({
    AcknowledgedMessageType: type,
    AcknowledgedMessageId: id,
    AcknowledgedMessageSequenceNumber: sequence,
    IsSequentialMessage: true,
  });
}
