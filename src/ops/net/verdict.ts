import type { ErrorCode } from '../../error-codes.ts';
import { HotpassError, isErrorCode } from '../../errors.ts';
import type { Requirement } from './plan.ts';
import type { SessionStatus } from './status.ts';

/** Tells why a session is not what was required; undefined when it is. Pure. */
export function judgeStatus(status: SessionStatus, requirement: Requirement): HotpassError | undefined {
  if (status.state === 'ready') return undefined;
  const isUnbound = status.code === 'bind-lost';
  if (status.state === 'degraded' && requirement === 'transport' && !isUnbound) return undefined;
  const code = status.state === 'degraded' && !isUnbound ? 'service-not-answering' : codeOf(status.code);
  const reason = status.reason ?? 'no reason is known';
  return new HotpassError(code, `${status.label} is ${status.state}: ${reason}`, {
    // What to do about a login is the command for it; net up alone would fail over the same.
    hint: (status.state === 'needs-login' ? status.hint : undefined) ?? status.next,
    state: status.state === 'degraded' ? 'the tunnel itself works and stays up' : undefined,
    details: { status },
  });
}

function codeOf(code: string | undefined): ErrorCode {
  return code !== undefined && isErrorCode(code) ? code : 'not-ready';
}
