import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Account, type ApiReply, answerCall, type SeenCall } from './api.ts';
import { type Controls, createControls } from './controls.ts';
import { applyFaults, createFaultBoard } from './fault-board.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { DEFAULT_INSTANCE, type RehearsedCaller, type StartSsm } from './options.ts';
import { createSession, type Session, type SessionFacts } from './session.ts';

/** Systems Manager without a server of its own. */
export interface SsmCore extends Controls {
  /** Every session since the start, in order. */
  sessions(): readonly SessionFacts[];
  /** Every API call since the start, in order. */
  calls(): readonly SeenCall[];
  /** Answers a call of the API. */
  answer(headers: IncomingHttpHeaders, body: string): ApiReply;
  /** Takes the websocket of a client. */
  readonly upgrade: Gateway['upgrade'];
  /** Ends all that runs. */
  stop(): void;
}

/** What it stands on. */
export interface SsmGround {
  /** Port of 127.0.0.1 that its clients come to. */
  port(): number;
  findCaller(accessKeyId: string): RehearsedCaller | undefined;
}

/** Makes Systems Manager; of the options it leaves the callers to its ground. */
export function createSsm(options: Omit<StartSsm, 'callers'>, { port, findCaller }: SsmGround): SsmCore {
  const faults = createFaultBoard();
  const sessions = new Map<string, Session>();
  const instances = new Map((options.instances ?? [DEFAULT_INSTANCE]).map((one) => [one.id, one]));
  const hosts = new Map(Object.entries(options.hosts ?? {}));
  const calls: SeenCall[] = [];

  const account: Account = {
    findCaller,
    instances: () => [...instances.values()],
    pageSize: options.pageSize,
    faults,
    calls,
    sessions: () => sessions.values(),
    find: (sessionId) => sessions.get(sessionId),
    open(wish, instance) {
      const id = `${wish.owner.split('/').at(-1)}-${randomBytes(9).toString('hex').slice(1)}`;
      const ground = { instance, options, hosts: Object.fromEntries(hosts), faults };
      const session = createSession({ ...wish, id }, ground);
      sessions.set(id, session);
      return session;
    },
    streamUrl: (id) =>
      `ws://127.0.0.1:${port()}/v1/data-channel/${id}?role=publish_subscribe&cell-number=REHEARSED`,
  };
  const gateway = createGateway({
    find: account.find,
    isAway: () => faults.isGatewayAway,
    onLink: (link) => applyFaults(faults, link),
  });
  return {
    ...createControls({ faults, hosts, instances, sessions: account.sessions }),
    sessions: () => [...sessions.values()].map((one) => one.facts()),
    calls: () => calls,
    answer: (headers, body) => answerCall(account, headers, body),
    upgrade: gateway.upgrade,
    stop() {
      for (const session of sessions.values()) session.stop();
      gateway.close();
    },
  };
}
