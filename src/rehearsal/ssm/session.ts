import { randomBytes } from 'node:crypto';
import { type Agent, createAgent } from './agent.ts';
import { wallClock } from './clock.ts';
import type { FaultBoard } from './fault-board.ts';
import { watchIdle } from './idle.ts';
import type { Link } from './link.ts';
import { DEFAULT_AGENT_VERSION, type RehearsedInstance, type StartSsm } from './options.ts';
import { findPlace, type Hosts } from './place.ts';
import { propertiesOf } from './properties.ts';
import { channelClosed, publication } from './service-words.ts';
import { dialTarget } from './target-stream.ts';

/** What a caller asked for. */
export interface SessionWish {
  readonly id: string;
  readonly owner: string;
  readonly target: string;
  readonly document: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly reason: string;
}

/** A session as a test sees it. */
export interface SessionFacts extends SessionWish {
  readonly state: 'Connecting' | 'Connected' | 'Disconnected' | 'Terminated';
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Who or what ended it: `api`, `agent`, `service`. */
  readonly endedBy: string | undefined;
  /** What channel_closed said. */
  readonly output: string | undefined;
  /** Announced in the handshake. */
  readonly clientVersion: string | undefined;
  readonly clientSockets: number;
  /** Sockets that the client has had in all. */
  readonly connections: number;
  readonly streams: number;
  readonly targetSockets: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

/** A session of the service. */
export interface Session {
  readonly id: string;
  facts(): SessionFacts;
  isOver(): boolean;
  newToken(): string;
  /** Takes a token; each is good once. */
  useToken(token: string): boolean;
  attach(link: Link): void;
  detach(link: Link): void;
  fromClient(frame: Buffer): void;
  onRoom(): void;
  link(): Link | undefined;
  tell(type: 'start_publication' | 'pause_publication'): void;
  end(by: 'api' | 'agent' | 'service', output: string): void;
  /** Drops all without a word. */
  stop(): void;
}

/** What a session stands on. */
export interface SessionGround {
  readonly instance: RehearsedInstance;
  readonly options: StartSsm;
  readonly hosts: Hosts;
  readonly faults: Pick<FaultBoard, 'refusesTargets' | 'dialDelayMs'>;
}

const LEAVE_MS = 500;
const TIMED_OUT = 'Your session timed out due to inactivity.';

/** Makes a session: a client's socket that comes and goes, and an agent that stays. */
export function createSession(wish: SessionWish, ground: SessionGround): Session {
  const startedAt = wallClock();
  const tokens = new Set<string>();
  let link: Link | undefined;
  let connections = 0;
  let isStarted = false;
  let ended: { readonly by: string; readonly output: string; readonly at: number } | undefined;

  const agentVersion = ground.instance.agentVersion ?? DEFAULT_AGENT_VERSION;
  const wanted = propertiesOf(wish, agentVersion);
  const place = findPlace(ground.hosts, wanted.host ?? 'localhost', Number(wanted.portNumber));
  const { agentDelayMs, idleMs } = ground.options;
  const idle = idleMs === undefined ? undefined : watchIdle(idleMs, () => end('service', TIMED_OUT));
  const agent: Agent = createAgent({
    version: agentVersion,
    properties: wanted,
    refusal:
      place.kind === 'forbidden' ? `Forwarding to IP address ${place.address} is forbidden.` : undefined,
    manners: { ...ground.options.agent, ...ground.instance.agent },
    async dial() {
      const { dialDelayMs, refusesTargets } = ground.faults;
      if (dialDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, dialDelayMs));
      if (refusesTargets) throw new Error('refused');
      return dialTarget(place);
    },
    send(frame) {
      idle?.note(frame);
      link?.send(frame);
    },
    isFull: () => link?.isFull() ?? true,
    onUnblocked: () => link?.setReading(true),
    onEnd: (why) => end('agent', why),
  });
  const startAgent = () => {
    if (isStarted || ended !== undefined) return;
    isStarted = true;
    link?.tell(publication('start_publication'));
    agent.start();
  };
  const end: Session['end'] = (by, output) => {
    if (ended !== undefined) return;
    last = agent.facts();
    ended = { by, output, at: wallClock() };
    tokens.clear();
    clearTimeout(arrival);
    idle?.stop();
    agent.stop();
    const leaving = link;
    if (leaving === undefined) return;
    if (by === 'agent') leaving.tell(publication('pause_publication'));
    leaving.tell(channelClosed(wish, output));
    setTimeout(() => leaving.close(1000, 'Bye'), LEAVE_MS).unref();
  };
  let last = agent.facts();
  const arrival = agentDelayMs === undefined ? undefined : setTimeout(startAgent, agentDelayMs);
  agent.setPaused(true);

  const stateOf = (): SessionFacts['state'] => {
    if (ended !== undefined) return 'Terminated';
    if (link !== undefined) return 'Connected';
    return connections === 0 ? 'Connecting' : 'Disconnected';
  };
  return {
    id: wish.id,
    facts: () => ({
      ...wish,
      ...(ended === undefined ? agent.facts() : { ...last, ...liveCounts(agent) }),
      state: stateOf(),
      startedAt,
      endedAt: ended?.at,
      endedBy: ended?.by,
      output: ended?.output,
      clientSockets: link === undefined ? 0 : 1,
      connections,
    }),
    isOver: () => ended !== undefined,
    newToken() {
      const token = `FAKE-TOKEN-${randomBytes(36).toString('base64')}`;
      tokens.add(token);
      return token;
    },
    useToken: (token) => ended === undefined && tokens.delete(token),
    attach(next) {
      const previous = link;
      link = next;
      connections += 1;
      previous?.cut();
      agent.setPaused(false);
      if (!isStarted && agentDelayMs === undefined) startAgent();
      else next.tell(publication(isStarted ? 'start_publication' : 'pause_publication'));
    },
    detach(gone) {
      if (gone !== link) return;
      link = undefined;
      agent.setPaused(true);
    },
    fromClient(frame) {
      idle?.note(frame);
      agent.take(frame);
      if (agent.isBlocked()) link?.setReading(false);
    },
    onRoom: () => agent.wake(),
    link: () => link,
    tell: (type) => link?.tell(publication(type)),
    end,
    stop() {
      ended ??= { by: 'service', output: '', at: wallClock() };
      clearTimeout(arrival);
      idle?.stop();
      agent.stop();
      link?.cut();
    },
  };
}

function liveCounts(agent: Agent) {
  const { streams, targetSockets } = agent.facts();
  return { streams, targetSockets };
}
