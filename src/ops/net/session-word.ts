import type { HotpassError } from '../../errors.ts';
import type { LiveState } from './lifecycle.ts';
import type { LostBind } from './listening/bind-watch.ts';
import type { TunnelPlan } from './plan.ts';
import type { Retry, SessionStatus } from './status.ts';

/** What a session's word hangs on. */
export interface SessionFacts {
  readonly plan: TunnelPlan;
  readonly state: LiveState;
  readonly since: Date;
  readonly reason: HotpassError | undefined;
  /** When the session was told to end; undefined as long as it was not. */
  readonly leavingSince: Date | undefined;
  readonly lostBind: LostBind | undefined;
  readonly retry: Retry | undefined;
  /** Open connections. */
  readonly active: number;
}

/** Says in one word how a session is, since when, why, and what to type next. Pure. */
export function sessionWord(
  facts: SessionFacts,
): Pick<SessionStatus, 'state' | 'since' | 'reason' | 'code' | 'hint' | 'retry' | 'next'> {
  const { plan, state, since, reason, leavingSince, retry } = facts;
  if (leavingSince !== undefined) return leavingWord(leavingSince, facts.active, plan.label);
  if (state === 'ready' && facts.lostBind !== undefined) return lostWord(facts.lostBind);
  if (state === 'ready') return { state, since: since.toISOString() };
  return {
    state,
    since: since.toISOString(),
    ...(reason === undefined ? {} : { reason: reason.message, code: reason.code }),
    ...(retry === undefined || reason?.hint === undefined ? {} : { hint: reason.hint }),
    ...(retry === undefined ? {} : { retry }),
    // On a terminal that tries at once, and relays what ssh asks.
    next: `hotpass net ${state === 'needs-login' ? 'up' : 'logs'} ${plan.label}`,
  };
}

/** A session that was told to end takes no new clients: whatever else of it works, it is not ready. */
function leavingWord(since: Date, active: number, label: string) {
  return {
    state: 'stopped',
    since: since.toISOString(),
    reason: `told to end, ${active} open connection${active === 1 ? '' : 's'} may finish first`,
    next: `hotpass net down ${label}`,
  } as const;
}

/** Whoever is told that address finds nobody there, though the others work. */
function lostWord({ addresses, since }: LostBind) {
  const what = addresses.length === 1 ? 'is no longer an address' : 'are no longer addresses';
  return {
    state: 'degraded',
    since: since.toISOString(),
    reason: `${addresses.join(', ')} ${what} of this machine`,
    code: 'bind-lost',
    next: 'see: ip address',
  } as const;
}
