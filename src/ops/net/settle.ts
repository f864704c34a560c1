import { HotpassError } from '../../errors.ts';
import { followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';
import { lookUpEndpoint } from './look-up-endpoint.ts';
import type { Forward, TunnelPlan } from './plan.ts';
import type { WantedForward } from './ports/ports.ts';
import type { TunnelRequest } from './request.ts';
import type { EndpointWish } from './request-endpoint.ts';

/** A request that says of every forward where it leads. */
export type SettledRequest = Omit<TunnelRequest, 'endpoint'> & { readonly endpoint?: undefined };

type Asking = Pick<System, 'aws' | 'signal' | 'sleep' | 'out'>;

/** For no longer than this does a session that is up already wait for what it knows. */
const BRIEFLY_MS = 1_000;

/**
 * Finds out where the forward to a cluster leads, if there is one. Throws as `lookUpEndpoint`, and `aws-unreachable` when
 * that takes longer than the session itself may.
 */
export async function settle(sys: Asking, request: TunnelRequest): Promise<SettledRequest> {
  const { endpoint, ...settled } = request;
  if (endpoint === undefined) return settled;
  const { timeoutMs } = request.plan;
  const found = await lookUpWithin(sys, endpoint, timeoutMs);
  if (found !== undefined) return withForward(settled, found);
  const { cluster } = endpoint;
  throw new HotpassError(
    'aws-unreachable',
    `AWS does not say within ${timeoutMs / 1000} s where cluster ${cluster} is`,
    {
      hint: 'is the VPN up? give it longer: --timeout 1m',
      state: 'nothing was changed',
    },
  );
}

/**
 * The same beside a session that is up: where the account does not answer well and at once, the endpoint is where it was
 * when the session was opened. So a second `net up` changes nothing, also while AWS cannot be asked.
 */
export async function settleBeside(
  sys: Asking,
  request: TunnelRequest,
  running: TunnelPlan,
): Promise<SettledRequest> {
  const { endpoint, ...settled } = request;
  const known = endpoint && running.forwards.find((forward) => isMeant(forward, endpoint));
  if (endpoint === undefined || known === undefined) return settle(sys, request);
  const found = await lookUpWithin(sys, endpoint, BRIEFLY_MS).catch((error: unknown) => {
    if (!(error instanceof HotpassError)) throw error;
    sys.out.detail(`cluster ${endpoint.cluster} is taken as it was: ${error.message}`);
    return undefined;
  });
  const { host, port, cluster } = known;
  const { name, localPort, probe } = endpoint;
  return withForward(settled, found ?? { name, localPort, probe, host, port, cluster });
}

/** Gives undefined where the answer does not come in time. */
async function lookUpWithin(sys: Asking, wish: EndpointWish, ms: number): Promise<WantedForward | undefined> {
  const patience = followSignals(sys.signal);
  const late = sys.sleep(ms, patience.signal).then(() => {
    // A sleep ends at Ctrl-C too.
    if (sys.signal.aborted) throw new HotpassError('interrupted', 'interrupted before the session was up');
    return undefined;
  });
  try {
    return await Promise.race([lookUpEndpoint(sys, wish, patience.signal), late]);
  } finally {
    patience.abort();
    patience.free();
  }
}

function isMeant({ name, cluster }: Forward, { name: wished, cluster: wishedCluster, place }: EndpointWish) {
  const isSameRegion = place.region === undefined || place.region === cluster?.region;
  return name === wished && cluster?.name === wishedCluster && isSameRegion;
}

function withForward(request: SettledRequest, forward: WantedForward): SettledRequest {
  return { ...request, wanted: [...request.wanted, forward] };
}
