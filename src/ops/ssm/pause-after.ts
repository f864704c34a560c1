import type { ErrorCode } from '../../error-codes.ts';
import type { retryPauseMs } from '../net/lifecycle.ts';

type PauseKind = Parameters<typeof retryPauseMs>[2];

const KINDS: Readonly<Partial<Record<ErrorCode, PauseKind>>> = {
  'credentials-missing': 'expired',
  'credentials-expired': 'expired',
  'sso-expired': 'expired',
  'credential-process-failed': 'expired',
  // Only an administrator or patience mends these: who knocks often is not let in sooner.
  'access-denied': 'refused',
  'role-refused': 'refused',
  'aws-throttled': 'refused',
};

/** Tells which pauses follow a failure; see `retryPauseMs`. */
export function pauseAfter(why: { readonly code: ErrorCode } | undefined): PauseKind {
  return (why && KINDS[why.code]) ?? 'broken';
}
