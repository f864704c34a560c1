import type { ForwardListener } from './listening/listener.ts';
import type { Forward } from './plan.ts';
import type { ProbedAt } from './probing.ts';
import { type SessionFacts, sessionWord } from './session-word.ts';
import {
  type Break,
  type ForwardStatus,
  forwardUrl,
  hostPort,
  type Layer,
  type SessionStatus,
} from './status.ts';

/** Who a session is and where it lives: the parts of its status that the tunnel itself does not decide. */
export type SessionName = Pick<SessionStatus, 'id' | 'pid' | 'project' | 'log'>;

interface TunnelFacts extends SessionFacts {
  readonly name: SessionName;
  readonly through: string;
  readonly breaks: readonly Break[];
  readonly warnings: readonly string[];
  readonly lent: boolean;
  readonly listeners: readonly ForwardListener[];
  /** Evidence of the open way to a forward; undefined when there is none. */
  readonly evidence: (forward: Forward) => string | undefined;
  /** What the service of a forward said last. */
  readonly latest: (forward: string) => ProbedAt | undefined;
  readonly now: Date;
}

/** Puts together what is known of a session. Pure. */
export function tunnelStatus(facts: TunnelFacts): SessionStatus {
  const { name, plan, through, reason, breaks, warnings, listeners, evidence, latest, now } = facts;
  return {
    ...name,
    label: plan.label,
    target: plan.target,
    via: plan.via,
    ...sessionWord(facts),
    through,
    breaks,
    warnings,
    ...(facts.lent ? { lent: true } : {}),
    forwards: plan.forwards.map((forward) =>
      forwardStatus({
        forward,
        bind: plan.bind,
        listener: listeners.find((listener) => listener.forward === forward),
        transport: evidence(forward),
        lost: reason?.message,
        probed: latest(forward.name),
        checkedAt: now.toISOString(),
        lostAddresses: facts.lostBind?.addresses ?? [],
      }),
    ),
  };
}

interface ForwardFacts {
  readonly forward: Forward;
  readonly bind: readonly string[];
  readonly listener: ForwardListener | undefined;
  /** Evidence of the open way; undefined when there is none. */
  readonly transport: string | undefined;
  readonly lost: string | undefined;
  readonly probed: ProbedAt | undefined;
  readonly checkedAt: string;
  /** Addresses of `bind` that are gone. */
  readonly lostAddresses: readonly string[];
}

/** Puts together what is known of one forward, layer by layer. Pure. */
export function forwardStatus(facts: ForwardFacts): ForwardStatus {
  const { forward, bind, listener, checkedAt, probed } = facts;
  const transport: Layer =
    facts.transport === undefined
      ? { state: 'failed', checkedAt, how: facts.lost ?? 'not open yet' }
      : { state: 'ok', checkedAt, how: facts.transport };
  return {
    name: forward.name,
    local: bind.map((address) => hostPort(address, forward.localPort)),
    remote: hostPort(forward.host, forward.port),
    url: forwardUrl(forward, bind),
    layers: {
      port: { ...portLayer(facts), checkedAt },
      transport,
      service: serviceLayer(facts.transport !== undefined, probed),
    },
    ...(listener === undefined ? {} : { traffic: listener.traffic() }),
    warnings: probed?.warnings ?? [],
  };
}

function portLayer({ listener, lostAddresses }: ForwardFacts): Pick<Layer, 'state' | 'how'> {
  if (listener?.listening() !== true) return { state: 'failed', how: 'not listening' };
  if (lostAddresses.length === 0) return { state: 'ok', how: 'listening' };
  return { state: 'failed', how: `not reached on ${lostAddresses.join(', ')}: no address of this machine` };
}

function serviceLayer(reachable: boolean, probed: ProbedAt | undefined): Layer {
  if (!reachable) return { state: 'unknown', how: 'not asked while the tunnel is down' };
  if (probed === undefined) return { state: 'unknown', how: 'not asked yet' };
  const state = probed.outcome === 'ok' ? 'ok' : probed.outcome === 'skipped' ? 'skipped' : 'failed';
  const how = probed.outcome === 'failed' ? (probed.reason ?? 'no answer') : probed.service;
  return { state, checkedAt: probed.at, how, ms: Math.round(probed.ms * 10) / 10 };
}
