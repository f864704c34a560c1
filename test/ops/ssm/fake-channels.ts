import { Duplex } from 'node:stream';
import type { Instance, SsmApi, StartSession } from '../../../src/aws.ts';
import { createDeferred } from '../../../src/deferred.ts';
import { HotpassError } from '../../../src/errors.ts';
import type { Channel, ChannelListener } from '../../../src/ops/ssm/channel/channel.ts';
import type { OpenSsmChannel } from '../../../src/ops/ssm/transport.ts';
import { whenAborted } from '../../../src/signals.ts';

/** A channel that a test leads: its streams lead nowhere. */
interface FakeChannel extends Channel {
  readonly start: StartSession;
  readonly listener: ChannelListener;
  readonly asked: { hurry: number; answers: number };
  isClosed(): boolean;
  interrupt(why?: HotpassError): void;
  resume(): void;
  /** The session is over: streams are cut. */
  end(why: HotpassError): void;
}

/** How the opening of a channel goes: it opens, fails, or hangs until it is given up. */
type Try = 'opens' | 'hangs' | HotpassError;

/** The far side of a fake transport. */
export interface FakeAccount {
  readonly api: SsmApi;
  readonly openChannel: OpenSsmChannel;
  /** Every channel so far, in the order in which they were begun. */
  readonly channels: FakeChannel[];
  /** How the next ones go; when none is left they open. */
  readonly tries: Try[];
  /** Those that are neither closed nor over. */
  living(): FakeChannel[];
  readonly clientIds: Set<string>;
}

const unused = () => Promise.reject(new Error('nobody calls this here'));

/** An API that nothing is asked of. */
export const silentApi: SsmApi = {
  region: 'eu-west-1',
  endpoint: new URL('https://ssm.eu-west-1.amazonaws.com'),
  startSession: unused,
  resumeSession: unused,
  terminateSession: unused,
  findInstances: unused,
  findSessions: unused,
};

/** Makes an account whose channels a test leads. */
export function fakeAccount(...tries: Try[]): FakeAccount {
  const channels: FakeChannel[] = [];
  const clientIds = new Set<string>();
  return {
    api: silentApi,
    channels,
    tries,
    clientIds,
    living: () => channels.filter((channel) => !channel.isClosed()),
    async openChannel({ start, clientId, listener }, signal) {
      clientIds.add(clientId);
      const next = tries.shift() ?? 'opens';
      await Promise.resolve();
      if (next === 'hangs') {
        await whenAborted(signal);
        throw new HotpassError('interrupted', 'given up');
      }
      if (next !== 'opens') throw next;
      const channel = fakeChannel(`user-${channels.length}`, start, listener);
      channels.push(channel);
      return channel;
    },
  };
}

function fakeChannel(sessionId: string, start: StartSession, listener: ChannelListener): FakeChannel {
  const ended = createDeferred<HotpassError>();
  const streams = new Set<Duplex>();
  let isClosed = false;
  let isResuming = false;
  const asked = { hurry: 0, answers: 0 };
  const end = (why: HotpassError) => {
    isClosed = true;
    for (const stream of streams) stream.destroy(why);
    ended.resolve(why);
  };
  return {
    sessionId,
    agentVersion: '3.3.987.0',
    start,
    listener,
    asked,
    isClosed: () => isClosed,
    async dial() {
      if (isClosed) throw new Error('the session is over');
      const stream = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
      // Whoever is joined to it listens for its errors.
      stream.on('error', () => {});
      streams.add(stream);
      stream.once('close', () => streams.delete(stream));
      return stream;
    },
    streams: () => streams.size,
    isResuming: () => isResuming,
    async answers() {
      asked.answers += 1;
      return true;
    },
    hurry() {
      asked.hurry += 1;
    },
    nextTry: () => (isResuming ? { attempt: 4, inSeconds: 8 } : undefined),
    evidence: () => `session ${sessionId}`,
    ended: ended.promise,
    interrupt(why = new HotpassError('ssm-failed', 'socket closed by SSM')) {
      isResuming = true;
      listener.onInterrupted(why);
    },
    resume() {
      isResuming = false;
      listener.onResumed();
    },
    end,
    async close() {
      if (!isClosed) end(new HotpassError('interrupted', 'told to end'));
    },
  };
}

/** A managed instance that is online. */
export function instanceOf(id: string, name?: string): Instance {
  return { id, name, isOnline: true, agentVersion: '3.3.987.0', platform: 'Amazon Linux' };
}
