import { randomUUID } from 'node:crypto';
import type { SsmApi, StartSession } from '../../aws.ts';
import { createDeferred } from '../../deferred.ts';
import { HotpassError } from '../../errors.ts';
import type { System } from '../../system.ts';
import type { Forward, InstanceWish, SsmGateway } from '../net/plan.ts';
import type { OpenTransport, Transport } from '../net/transport.ts';
import { instanceText } from '../net/via-ssm/parse-instance.ts';
import type { Channel, ChannelListener } from './channel/channel.ts';
import type { FoundInstance } from './find-instance.ts';
import { createLocate, type Locate } from './locate.ts';
import { createMending } from './mending.ts';
import { createPool, type Pool } from './pool.ts';
import { type SessionName, sessionReason } from './session-reason.ts';
import { openSideBySide } from './side-by-side.ts';

export interface SsmTransport {
  readonly ssm: SsmGateway;
  readonly forwards: readonly Forward[];
  /** Whose sessions they are. */
  readonly name: SessionName;
  readonly log: (text: string) => void;
  /** Told what the account's administrator says to whoever opens a session. */
  readonly onNote: (text: string) => void;
  /** Told when the far side says that a session is over. */
  readonly onOver: (sessionId: string) => void;
  /** Resolves when what was given up at the start is undone. */
  readonly settled: () => Promise<void>;
  /** Gives the account's client, once for each way that is opened. */
  readonly openApi: () => Promise<SsmApi>;
  readonly findInstance: (api: SsmApi, wish: InstanceWish, signal: AbortSignal) => Promise<FoundInstance>;
  readonly openChannel: OpenSsmChannel;
}

/** Opens one channel. The client id is the same for all of a process. */
export type OpenSsmChannel = (
  open: {
    readonly api: SsmApi;
    readonly start: StartSession;
    readonly clientId: string;
    readonly listener: ChannelListener;
    readonly log: (text: string) => void;
  },
  signal: AbortSignal,
) => Promise<Channel>;

/** Connects to other hosts than the instance itself. */
const DOCUMENT = 'AWS-StartPortForwardingSessionToRemoteHost';

/**
 * Makes a transport over sessions of Systems Manager: for each forward some channels of its own. Once open it is never
 * lost, only interrupted: sockets are resumed, and sessions that are over are replaced.
 */
export function createSsmTransport(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  create: SsmTransport,
): Transport {
  const { ssm } = create;
  const clientId = randomUUID();
  let through = `SSM to ${instanceText(ssm.instance)}`;
  let known: FoundInstance | undefined;
  const onFound = (found: FoundInstance) => {
    // An agent tells its version where the inventory may not be asked.
    known = found.id === known?.id ? { ...known, ...found } : found;
    const { id, name, agentVersion } = known;
    const words = [name === undefined ? id : `${id} "${name}"`];
    if (agentVersion !== undefined) words.push(`agent ${agentVersion}`);
    through = `SSM session to ${words.join(', ')}`;
  };
  return {
    get through() {
      return through;
    },
    async open(signal) {
      const api = await create.openApi();
      const { findInstance } = create;
      const locate = createLocate({ wish: ssm.instance, api, findInstance, onFound });
      return openWay(sys, create, { api, locate, clientId, onFound }, signal);
    },
  };
}

interface Account {
  readonly api: SsmApi;
  readonly locate: Locate;
  readonly clientId: string;
  readonly onFound: (instance: FoundInstance) => void;
}

async function openWay(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  create: SsmTransport,
  { api, locate, clientId, onFound }: Account,
  signal: AbortSignal,
): Promise<OpenTransport> {
  const { ssm, log } = create;
  const refusals = new Set<(why: string, forward: string) => void>();
  const told = new Set<string>();
  const lost = createDeferred<HotpassError>();
  const startFor = async ({ host, port }: Forward, over: AbortSignal): Promise<StartSession> => ({
    target: await locate(over),
    document: DOCUMENT,
    // We listen where we want: the port that the agent is told means nothing.
    parameters: { host: [host], portNumber: [String(port)], localPortNumber: ['0'] },
    reason: sessionReason(create.name, ssm.reason),
  });
  const poolFor = (forward: Forward): [string, Pool] => {
    const logForward = (text: string) => log(`${forward.name}: ${text}`);
    const pool = createPool(sys, {
      count: ssm.channels,
      async openOne(listener, over) {
        const start = await startFor(forward, over);
        const channel = await create.openChannel({ api, start, clientId, listener, log: logForward }, over);
        onFound({ id: start.target, agentVersion: channel.agentVersion });
        return channel;
      },
      log: logForward,
      onRefusal(why) {
        for (const tell of refusals) tell(why, forward.name);
      },
      onMessage(text) {
        if (!told.has(text)) create.onNote(text);
        told.add(text);
      },
      onOver: create.onOver,
      onChange: (how) => mending.changed(how),
      onCut: (why) => mending.cut(why),
      onReplaced: (how) => mending.replaced(how),
    });
    return [forward.name, pool];
  };
  const pools = new Map(create.forwards.map(poolFor));
  const mending = createMending(sys, pools);
  const poolOf = ({ name }: Forward): Pool => {
    const pool = pools.get(name);
    if (pool === undefined) throw new HotpassError('unexpected', `the plan has no forward ${name}`);
    return pool;
  };
  await openSideBySide([...pools.values()], signal).catch(async (error: unknown) => {
    await create.settled();
    throw error;
  });
  return {
    dial: async (forward, receive) => poolOf(forward).dial(receive),
    lost: lost.promise,
    async isBreaking(stream) {
      const answers = await Promise.all([...pools.values()].map((pool) => pool.isBreaking(stream)));
      return answers.includes(true);
    },
    async answers(withinMs) {
      await Promise.all([...pools.values()].map((pool) => pool.answers(withinMs)));
      // A socket that is dead is being resumed by now, and says so itself.
      return true;
    },
    evidence: (forward) => poolOf(forward).evidence(),
    onRefusal(listener) {
      refusals.add(listener);
      return () => refusals.delete(listener);
    },
    mending,
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
      await create.settled();
      lost.resolve(new HotpassError('interrupted', 'the session was told to end'));
    },
  };
}
