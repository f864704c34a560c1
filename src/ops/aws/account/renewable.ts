import type { ErrorCode } from '../../../error-codes.ts';

/**
 * Errors after which credentials are looked for anew. A denied call is none of them: much of what is asked of an account
 * is optional, and the credentials are seconds old.
 */
export const RENEWABLE: readonly ErrorCode[] = [
  'credential-process-failed',
  'credentials-expired',
  'credentials-missing',
  'role-refused',
  'sso-expired',
];
