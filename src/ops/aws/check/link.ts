import type { ErrorCode } from '../../../error-codes.ts';

/** A link of the chain. */
export const LINKS = [
  'credentials',
  'identity',
  'account',
  'region',
  'cluster',
  'endpoint',
  'token',
  'review',
  'permissions',
  'access-entry',
  'kubeconfig',
  'oidc-provider',
  'oidc-discovery',
  'oidc-trust',
] as const;
export type LinkId = (typeof LINKS)[number];

/** What was found out about one link. Holds nothing secret: it is printed, and kept in aws.json. */
export interface LinkResult {
  readonly id: LinkId;
  readonly state: 'ok' | 'failed' | 'skipped';
  /** What was seen, or why it was not looked at: one line. */
  readonly saw: string;
  /** Facts behind it, each a short word with a text: `you are`, `evidence`. */
  readonly evidence?: readonly (readonly [word: string, text: string])[];
  /** Of a failed link. */
  readonly code?: ErrorCode;
  /** The command to type next, of a failed link; it exists and parses. */
  readonly next?: string;
  /** Plain data for `--json`. */
  readonly facts?: unknown;
}
