import type { ForwardListener } from './listener.ts';
import type { Forward } from './plan.ts';
import type { ProbedAt } from './probing.ts';
import { type ForwardStatus, forwardUrl, hostPort, type Layer } from './status.ts';

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
  return { state, checkedAt: probed.at, how, ms: probed.ms };
}
