import { HotpassError } from '../../errors.ts';
import { followSignals } from '../../signals.ts';
import type { System } from '../../system.ts';
import { lookUpEndpoint } from './look-up-endpoint.ts';
import type { Forward, TunnelPlan } from './plan.ts';
import type { WantedForward } from './ports.ts';
import type { TunnelRequest } from './request.ts';
import type { EndpointWish } from './request-endpoint.ts';

/** A request that says of every forward where it leads. */
export type SettledRequest = Omit<TunnelRequest, 'endpoint'> & { readonly endpoint?: undefined };

type Asking = Pick<System, 'aws' | 'signal' | 'sleep' | 'out'>;

/** For no longer than this does a session that is up already wait for what it knows. */
const BRIEFLY_MS = 1_000;

/** Finds out where the forward to a cluster leads, if there is one. Throws as `lookUpEndpoint`. */
export async function settle(sys: Asking, request: TunnelRequest): Promise<SettledRequest> {
  const { endpoint, ...settled } = request;
  if (endpoint === undefined) return settled;
  return withForward(settled, await lookUpEndpoint(sys, endpoint, sys.signal));
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
  const found = await lookUpBriefly(sys, endpoint);
  const { host, port, cluster } = known;
  const { name, localPort, probe } = endpoint;
  return withForward(settled, found ?? { name, localPort, probe, host, port, cluster });
}

async function lookUpBriefly(sys: Asking, wish: EndpointWish): Promise<WantedForward | undefined> {
  const patience = followSignals(sys.signal);
  const asked = lookUpEndpoint(sys, wish, patience.signal).catch((error: unknown) => {
    if (!(error instanceof HotpassError)) throw error;
    sys.out.detail(`cluster ${wish.cluster} is taken as it was: ${error.message}`);
    return undefined;
  });
  const late = sys.sleep(BRIEFLY_MS, patience.signal).then(() => undefined);
  try {
    return await Promise.race([asked, late]);
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
