import { createHash, randomUUID } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, vi } from 'vitest';
import type { SsmApi } from '../../../../src/aws.ts';
import { HotpassError, messageOf } from '../../../../src/errors.ts';
import type { Channel, ChannelListener } from '../../../../src/ops/ssm/channel/channel.ts';
import { type OpenChannel, openChannel } from '../../../../src/ops/ssm/channel/open-channel.ts';
import { type RehearsedSsm, startSsm } from '../../../../src/rehearsal/ssm/index.ts';
import { realTime } from '../../net/support.ts';

/** How long a test waits for what must come. */
export const PATIENCE = { timeout: 10_000, interval: 10 };
const REMOTE_HOST = 'prefect.staging.internal';

/** What a channel told, in order: `interrupted CODE`, `resumed`, `refused`, `says TEXT`. */
export interface Told extends ChannelListener {
  readonly words: string[];
}

/** A rehearsed service with a target behind its agent, and channels to it. */
export interface ChannelStage {
  readonly far: RehearsedSsm;
  readonly api: SsmApi;
  readonly told: Told;
  readonly log: string[];
  /** Opens a channel to the target. */
  open(over?: Partial<OpenChannel>, signal?: AbortSignal): Promise<Channel>;
  /** Throws unless, before long, no session is open, nor any socket of one. */
  expectNothingLeft(): Promise<void>;
}

export type StageOptions = Parameters<typeof startSsm>[0] & {
  readonly onClient?: (socket: Socket) => void;
  readonly sys?: typeof realTime;
};

/** Time in which a minute takes three seconds. */
export const QUICK = 20;
export const quickTime: typeof realTime = {
  now: realTime.now,
  monotonic: () => realTime.monotonic() * QUICK,
  sleep: (ms, signal) => realTime.sleep(ms / QUICK, signal),
};

/** Starts the stage, for as long as the test runs; the target echoes unless `onClient` does something else. */
export async function openChannelStage(options: StageOptions = {}): Promise<ChannelStage> {
  const { onClient = (socket) => socket.pipe(socket), sys = realTime, ...more } = options;
  const target = await startTarget(onClient);
  const far = await startSsm({
    hosts: { [REMOTE_HOST]: `127.0.0.1:${target.port}` },
    agent: { pace: 'none' },
    ...more,
  });
  const api = callsTo(far.url);
  const told = listen();
  const log: string[] = [];
  const channels = new Set<Channel>();
  onTestFinished(async () => {
    await Promise.all([...channels].map((channel) => channel.close()));
    await far.close();
    await target.close();
  });
  return {
    far,
    api,
    told,
    log,
    async open(over = {}, signal = new AbortController().signal) {
      const channel = await openChannel(
        sys,
        {
          api,
          start: startTo(REMOTE_HOST),
          clientId: randomUUID(),
          listener: told,
          log: (text) => log.push(text),
          ...over,
        },
        signal,
      );
      channels.add(channel);
      return channel;
    },
    expectNothingLeft: () =>
      vi.waitFor(() => {
        const facts = far.sessions().map(({ state, clientSockets, targetSockets, streams }) => {
          return { state, clientSockets, targetSockets, streams };
        });
        const NOTHING = { state: 'Terminated', clientSockets: 0, targetSockets: 0, streams: 0 };
        expect(facts).toEqual(facts.map(() => NOTHING));
      }, PATIENCE),
  };
}

/** Starts the stage and opens a channel on it. */
export async function openOneChannel(
  options?: StageOptions,
): Promise<ChannelStage & { readonly channel: Channel }> {
  const stage = await openChannelStage(options);
  return { ...stage, channel: await stage.open() };
}

/** What is asked of the service for a forward to this host. */
export function startTo(host: string): OpenChannel['start'] {
  return {
    target: 'i-0123456789abcdef0',
    document: 'AWS-StartPortForwardingSessionToRemoteHost',
    parameters: { host: [host], portNumber: ['4200'], localPortNumber: ['0'] },
    reason: 'hotpass staging test',
  };
}

/** Keeps what a channel tells. */
export function listen(): Told {
  const words: string[] = [];
  return {
    words,
    onInterrupted: (why) => words.push(`interrupted ${why.code}`),
    onResumed: () => words.push('resumed'),
    onRefusal: () => words.push('refused'),
    onMessage: (text) => words.push(`says ${text}`),
  };
}

async function startTarget(onClient: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    onClient(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { port, close };
}

/** The calls of Systems Manager as plain requests: no SDK, whose errors and tries have tests of their own. */
export function callsTo(url: string): SsmApi {
  const call = async (name: string, body: object, signal: AbortSignal) => {
    const answer = await post(url, name, body, signal);
    const given: unknown = await answer.json();
    const text = (key: string) => {
      const value: unknown =
        typeof given === 'object' && given !== null ? Reflect.get(given, key) : undefined;
      return typeof value === 'string' ? value : undefined;
    };
    if (answer.ok) return text;
    const type = text('__type') ?? '';
    throw new HotpassError(/Expired/.test(type) ? 'credentials-expired' : 'aws-failed', type);
  };
  return {
    region: 'eu-west-1',
    endpoint: new URL(url),
    async startSession({ target, document, parameters, reason }, signal) {
      const wish = { Target: target, DocumentName: document, Parameters: parameters, Reason: reason };
      const text = await call('StartSession', wish, signal);
      return {
        sessionId: text('SessionId') ?? '',
        streamUrl: text('StreamUrl') ?? '',
        token: text('TokenValue') ?? '',
      };
    },
    async resumeSession(sessionId, signal) {
      const text = await call('ResumeSession', { SessionId: sessionId }, signal);
      const token = text('TokenValue');
      return token === undefined ? undefined : { token, streamUrl: text('StreamUrl') };
    },
    async terminateSession(sessionId, signal) {
      await call('TerminateSession', { SessionId: sessionId }, signal);
    },
    findInstances: () => Promise.reject(new Error('not asked here')),
    findSessions: () => Promise.reject(new Error('not asked here')),
  };
}

async function post(url: string, name: string, body: object, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      signal,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AmazonSSM.${name}`,
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDREHEARSED/20261121/eu-west-1/ssm/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
      },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new HotpassError('aws-unreachable', messageOf(error), { cause: error });
  }
}

/** Sends bytes over a stream whose far end echoes, and gives what comes back: all of it, or up to the stream's end. */
export function echoOver(stream: Duplex, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const got: Buffer[] = [];
    let count = 0;
    stream.on('data', (chunk: Buffer) => {
      got.push(Buffer.from(chunk));
      count += chunk.length;
      if (count >= bytes.length) resolve(Buffer.concat(got));
    });
    stream.on('end', () => resolve(Buffer.concat(got)));
    stream.on('error', reject);
    stream.on('close', () => reject(new Error(`closed after ${count} bytes`)));
    stream.write(bytes);
  });
}

/** Bytes that show by themselves where they are from, the same for the same length and seed. */
export function knownBytes(length: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed + 1) * 0x9e3779b1;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A target that takes so many bytes and answers with their digest. */
export function answerDigestAfter(length: number): (socket: Socket) => void {
  return (socket) => {
    const hash = createHash('sha256');
    let count = 0;
    socket.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      count += chunk.length;
      if (count === length) socket.write(hash.digest('hex'));
    });
  };
}

/** Digest as `answerDigestAfter` sends it. */
export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
