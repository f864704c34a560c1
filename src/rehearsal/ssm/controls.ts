import { applyFaults, type FaultBoard, type Standing } from './fault-board.ts';
import type { Disturbance } from './faults.ts';
import type { Link } from './link.ts';
import type { RehearsedInstance } from './options.ts';
import type { Session } from './session.ts';

/** Everything that can be done to a service at run time. Arguments are plain data: a test may be another process. */
export interface Controls {
  /** Loses, doubles, delays and reorders messages of all sessions, in both directions, from now on; `{}` ends it. */
  disturb(disturbance: Disturbance): void;
  /** Cuts every client socket without a close frame. */
  cutSockets(): void;
  /** Cuts every socket, now open or later, after so many messages of both directions; null ends it. */
  cutAfter(messages: number | null): void;
  /** Closes every client socket with 1000 "Bye"; sessions go on. */
  sayBye(): void;
  /** Tells clients that the agent is away, or there again. */
  publish(type: 'start_publication' | 'pause_publication'): void;
  /** Cuts client sockets and refuses new ones with 503 until the gateway is back. */
  setGatewayAway(away: boolean): void;
  /** Nothing goes through open sockets, and no ping is answered. */
  setStalled(stalled: boolean): void;
  /** Refuses the next ResumeSession calls: `error` is an internal one, `no-token` says that the session is over. */
  refuseResume(times: number, how: 'error' | 'no-token'): void;
  /** Answers the next calls of any kind with ThrottlingException. */
  throttle(times: number): void;
  /** Treats a caller's calls from now on as signed with expired credentials, or as not allowed, or as good. */
  setStanding(accessKeyId: string, standing: Standing): void;
  /** Agents reach no target, or do again. */
  setTargetsRefused(refused: boolean): void;
  /** Agents take so long to reach a target from now on, one after the other. */
  setDialDelay(ms: number): void;
  /** Ends all sessions as the service does, with the words of channel_closed. */
  closeChannels(output: string): void;
  /** Sends these bytes (hex) to every client: as a frame, binary by default, or `raw` past the websocket. */
  inject(hex: string, as?: 'binary' | 'text' | 'raw'): void;
  /** Leads a name elsewhere for sessions from now on; null: it resolves no more. */
  setHost(name: string, address: string | null): void;
  /** Adds an instance, or puts it in the place of the one with its id. */
  setInstance(instance: RehearsedInstance): void;
}

/** What the controls work on. */
export interface ControlsGround {
  readonly faults: FaultBoard;
  readonly hosts: Map<string, string>;
  readonly instances: Map<string, RehearsedInstance>;
  sessions(): Iterable<Session>;
}

/** Makes the controls. */
export function createControls({ faults, hosts, instances, sessions }: ControlsGround): Controls {
  const eachLink = (act: (link: Link) => void) => {
    for (const session of sessions()) {
      const link = session.link();
      if (link !== undefined) act(link);
    }
  };
  const refresh = () => eachLink((link) => applyFaults(faults, link));
  return {
    disturb(disturbance) {
      faults.disturbance = disturbance;
      eachLink((link) => link.disturb(disturbance));
    },
    cutSockets: () => eachLink((link) => link.cut()),
    cutAfter(messages) {
      faults.cutAfter = messages ?? undefined;
      refresh();
    },
    sayBye: () => eachLink((link) => link.close(1000, 'Bye')),
    publish(type) {
      for (const session of sessions()) session.tell(type);
    },
    setGatewayAway(away) {
      faults.isGatewayAway = away;
      if (away) eachLink((link) => link.cut());
    },
    setStalled(stalled) {
      faults.isStalled = stalled;
      eachLink((link) => link.setStalled(stalled));
    },
    refuseResume(times, how) {
      faults.resumesToRefuse = times;
      faults.refusal = how;
    },
    throttle(times) {
      faults.callsToThrottle = times;
    },
    setStanding: (accessKeyId, standing) => void faults.standings.set(accessKeyId, standing),
    setTargetsRefused(refused) {
      faults.refusesTargets = refused;
    },
    closeChannels(output) {
      for (const session of sessions()) session.end('service', output);
    },
    inject: (hex, as = 'binary') => eachLink((link) => link.inject(Buffer.from(hex, 'hex'), as)),
    setDialDelay(ms) {
      faults.dialDelayMs = ms;
    },
    setHost(name, address) {
      if (address === null) hosts.delete(name);
      else hosts.set(name, address);
    },
    setInstance: (instance) => void instances.set(instance.id, instance),
  };
}
