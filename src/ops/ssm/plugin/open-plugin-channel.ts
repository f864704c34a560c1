import type { Socket } from 'node:net';
import type { SsmApi, StartSession } from '../../../aws.ts';
import { createDeferred } from '../../../deferred.ts';
import { HotpassError } from '../../../errors.ts';
import { createAbort } from '../../../signals.ts';
import type { Environment, System } from '../../../system.ts';
import { dialSocket } from '../../net/dial.ts';
import type { Channel, ChannelListener } from '../channel/channel.ts';
import { endSession } from '../channel/end-session.ts';
import { startSession } from '../channel/start-session.ts';
import { readStreamUrl } from '../channel/stream-url.ts';
import { within } from '../channel/within.ts';
import { askAgent } from './ask-agent.ts';
import { checkPlugin, PLUGIN } from './check-plugin.ts';
import { feelPlugin } from './feel-plugin.ts';
import { mendStream } from './plugin-stream.ts';
import { createResuming } from './resuming.ts';
import { type RunningPlugin, runPlugin } from './run-plugin.ts';
import { openServiceRelay, type ServiceRelay } from './service-relay.ts';
import { watchWebsocket } from './watch-websocket.ts';

export interface OpenPluginChannel {
  readonly api: SsmApi;
  readonly start: StartSession;
  /** Environment of the session's processes. */
  readonly env: Environment;
  /** Private folder of the session. */
  readonly folder: string;
  readonly listener: ChannelListener;
  readonly log: (text: string) => void;
  /** Told the moment the session exists over there: from then on it must be ended, whatever happens here. */
  readonly onSession?: ((sessionId: string) => void) | undefined;
}

type PluginSystem = Pick<System, 'processes' | 'monotonic' | 'sleep'>;

/** The name that it listens on; which family of addresses that is, it decides. */
const HOST = 'localhost';
const LISTEN_MS = 20_000;
/** How long the first answer may take, beyond as long as the start took. */
const FEEL_MS = 1_000;
/** A start that went deaf is a matter of luck. */
const STARTS = 3;

/**
 * Opens a session by AWS's own session-manager-plugin. What differs from our own client is what the plugin cannot do:
 * bytes that were under way when its socket broke may be lost, and then the session is ended. Throws what
 * `openChannel` and `findInstances` throw, and `program-missing`, `plugin-too-old`.
 */
export async function openPluginChannel(
  sys: PluginSystem,
  open: OpenPluginChannel,
  signal: AbortSignal,
): Promise<Channel> {
  await checkPlugin(sys, open, signal);
  await askAgent(open.api, open.start, signal);
  for (let start = 1; ; start += 1) {
    const channel = await openOnce(sys, open, signal);
    if (channel !== undefined) return channel;
    open.log(`${PLUGIN} went deaf at its start; try ${start} of ${STARTS}`);
    if (start === STARTS) throw new HotpassError('ssm-failed', `${PLUGIN} does not hear its agent`);
  }
}

/** Opens it once; gives undefined when the plugin does not hear anything. */
async function openOnce(
  sys: PluginSystem,
  open: OpenPluginChannel,
  signal: AbortSignal,
): Promise<Channel | undefined> {
  const { api, listener, log } = open;
  const started = await startSession(sys, open, signal);
  const { sessionId } = started;
  open.onSession?.(sessionId);
  const streams = new Set<Socket>();
  const ended = createDeferred<HotpassError>();
  const over = createAbort();
  let plugin: RunningPlugin | undefined;
  let relay: ServiceRelay | undefined;
  let finishing: Promise<void> | undefined;
  let refusals = 0;

  const resuming = createResuming(sys, { api, sessionId, over: over.signal, streams, listener });
  const finish = (why: HotpassError): Promise<void> => {
    finishing ??= end(why);
    return finishing;
  };
  const end = async (why: HotpassError) => {
    const overThere = endSession(sys, api, sessionId, log);
    over.abort();
    for (const stream of streams) stream.destroy(why);
    await plugin?.end(why);
    relay?.close();
    ended.resolve(why);
    await overThere;
  };
  const isEnding = () => over.signal.aborted || plugin?.isEnding() === true;

  try {
    readStreamUrl(started.streamUrl, api);
    const door = await openServiceRelay(sessionId, resuming.resume);
    relay = door;
    const begun = sys.monotonic();
    plugin = await runPlugin(
      sys,
      { ...open, region: api.region, started, relay: door },
      {
        log,
        onRefused() {
          refusals += 1;
          // Our own feeling for the plugin is refused as well.
          if (streams.size > 0) listener.onRefusal('the agent could not connect to the remote host');
        },
        onMessage: listener.onMessage,
      },
    );
    const { pid, gone } = plugin;
    const port = await waitForPort(sys, plugin, open.start.target, signal);
    const feel = (withinMs: number) => feelPlugin(sys, { pid, host: HOST, port }, withinMs, over.signal);
    if (!(await feel(FEEL_MS + sys.monotonic() - begun))) {
      if (isEnding()) throw await gone;
      await finish(new HotpassError('ssm-failed', `${PLUGIN} is deaf`));
      return undefined;
    }
    void gone.then(finish);
    const watched = { pid, ports: [port, door.port], phase: resuming.phase, feel };
    const events = { onBack: resuming.back, onLost: finish };
    void watchWebsocket(sys, watched, events, over.signal);
    return {
      sessionId,
      agentVersion: 'unknown',
      async dial(receive) {
        await resuming.over();
        if (isEnding()) throw await ended.promise;
        const stream = await dialSocket({ host: HOST, port }, receive);
        streams.add(stream);
        stream.once('close', () => streams.delete(stream));
        mendStream(sys, stream, { isEnding, refusals: () => refusals });
        return stream;
      },
      streams: () => streams.size,
      isResuming: () => resuming.phase() !== 'well',
      async answers(withinMs) {
        if (resuming.phase() !== 'well') return false;
        const isThere = await feel(withinMs);
        if (!isThere) void finish(new HotpassError('ssm-failed', `${PLUGIN} does not hear its agent`));
        return isThere;
      },
      hurry: resuming.hurry,
      nextTry: resuming.next,
      evidence: () => `session ${sessionId}, ${PLUGIN} pid ${pid}`,
      ended: ended.promise,
      close: () => finish(new HotpassError('interrupted', 'the session was ended')),
    };
  } catch (error) {
    await finish(new HotpassError('interrupted', 'the session was given up'));
    throw error;
  }
}

async function waitForPort(
  sys: PluginSystem,
  { listening, gone }: RunningPlugin,
  instance: string,
  signal: AbortSignal,
): Promise<number> {
  const outcome = await within(
    sys,
    LISTEN_MS,
    signal,
    () => Promise.race([listening, gone]),
    () => new HotpassError('ssm-failed', `the agent of ${instance} does not speak`),
  );
  if (typeof outcome === 'number') return outcome;
  throw outcome;
}
