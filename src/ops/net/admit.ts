import type { System } from '../../system.ts';
import { askCallers, type Change, identityText, judgeChange, judgeConsent } from '../guard/guard.ts';
import type { TunnelRequest } from './request.ts';
import { type SettledRequest, settle } from './settle.ts';
import { credentialsOf } from './via-ssm/ssm-place.ts';

/**
 * Asks the guard of its target whether a session may be started, and beside that where its forwards lead. Throws
 * `confirm-missing`, `cluster-not-allowed`, and what `askCallers` and `settle` throw.
 */
export async function admitSession(sys: System, asked: TunnelRequest): Promise<SettledRequest> {
  const unconfirmed = judgeConsent(asked.guard);
  if (unconfirmed !== undefined) throw unconfirmed;
  const { request, callers } = await askBoth(sys, asked);
  for (const caller of callers) sys.out.note(caller);
  return request;
}

/** Does the same for a plan: what is still to be confirmed is one of its notes. */
export async function foretellSession(
  sys: System,
  asked: TunnelRequest,
): Promise<{ readonly request: SettledRequest; readonly notes: readonly string[] }> {
  const { request, callers } = await askBoth(sys, asked);
  const unconfirmed = judgeConsent(asked.guard);
  const still = unconfirmed === undefined ? [] : [`${unconfirmed.message}; it takes: ${unconfirmed.hint}`];
  return { request, notes: [...callers, ...still] };
}

async function askBoth(sys: System, asked: TunnelRequest) {
  const { guard } = asked;
  const change = changeOf(asked);
  const refusal = judgeChange(guard, change);
  if (refusal !== undefined) throw refusal;
  const settled = settle(sys, asked);
  // That it is the wrong account tells more than what is not to be found there.
  settled.catch(() => {});
  const callers = await askCallers(sys, guard, change);
  return { request: await settled, callers: callers.map((caller) => identityText(caller, guard)) };
}

/** A tunnel changes nothing over there: readOnly does not cover it. */
function changeOf({ plan: { ssm }, endpoint, wanted }: TunnelRequest): Change {
  const known = wanted.find(({ cluster }) => cluster !== undefined)?.cluster?.name;
  return {
    places: [
      ...(ssm === undefined ? [] : [credentialsOf(ssm)]),
      ...(endpoint === undefined ? [] : [endpoint.place]),
    ],
    cluster: endpoint?.cluster ?? known,
  };
}
