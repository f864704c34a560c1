import type { System } from '../../system.ts';
import { type Change, checkCaller, identityText, judgeConsent, passGuard } from '../guard/guard.ts';
import type { TunnelRequest } from './request.ts';

/**
 * Asks the guard of its target whether a session may be started, and says who was found. Throws what `passGuard`
 * throws.
 */
export async function admitSession(sys: System, request: TunnelRequest): Promise<void> {
  const caller = await passGuard(sys, request.guard, changeOf(request));
  if (caller !== undefined) sys.out.note(identityText(caller, request.guard));
}

/** Tells what the guard will say to a plan: who was found, and what is to be confirmed. Throws as `checkCaller`. */
export async function foretellGuard(sys: System, request: TunnelRequest): Promise<string[]> {
  const { guard } = request;
  const caller = await checkCaller(sys, guard, changeOf(request));
  const unconfirmed = judgeConsent(guard);
  return [
    ...(caller === undefined ? [] : [identityText(caller, guard)]),
    ...(unconfirmed === undefined ? [] : [`${unconfirmed.message}; it takes: ${unconfirmed.hint}`]),
  ];
}

/** A tunnel changes nothing over there: readOnly does not cover it. */
function changeOf({ plan: { ssm }, endpoint }: TunnelRequest): Change {
  const aws = ssm === undefined ? endpoint?.place : { profile: ssm.profile, region: ssm.region };
  return { aws, cluster: endpoint?.cluster };
}
