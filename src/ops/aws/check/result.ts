import type { AccountApi, CallerIdentity, Sourced } from '../../../aws.ts';
import { errorCodes } from '../../../error-codes.ts';
import type { LinkResult } from './link.ts';

/** What a check found out. Holds nothing secret: it is printed, and kept in aws.json. */
export interface CheckResult {
  readonly target: string;
  /** UTC, ISO 8601. */
  readonly checkedAt: string;
  readonly verdict: 'ok' | 'failed';
  /** null: nobody named one. */
  readonly region: string | null;
  readonly profile: string | null;
  readonly identity: CallerIdentity | null;
  /** What EKS says of the cluster, without its certificate; null where none was described. */
  readonly cluster: object | null;
  readonly counts: Readonly<Record<LinkResult['state'], number>>;
  readonly links: readonly LinkResult[];
}

/** Sums up the links of a check. Pure. */
export function sumUp(
  target: string,
  checkedAt: Date,
  { region, profile }: Pick<AccountApi, 'profile'> & { readonly region: Sourced | undefined },
  seen: Pick<CheckResult, 'identity' | 'cluster' | 'links'>,
): CheckResult {
  const count = (state: LinkResult['state']) => seen.links.filter((link) => link.state === state).length;
  const counts = { ok: count('ok'), failed: count('failed'), skipped: count('skipped') };
  return {
    target,
    checkedAt: checkedAt.toISOString(),
    verdict: counts.failed === 0 ? 'ok' : 'failed',
    region: region?.value ?? null,
    profile: profile?.value ?? null,
    ...seen,
    counts,
  };
}

/** Says in a few words what is wrong: the first link that is broken. Undefined where none is. */
export function causeOf({ links }: Pick<CheckResult, 'links'>): string | undefined {
  const first = links.find(({ state }) => state === 'failed');
  if (first === undefined) return undefined;
  return first.code === undefined ? first.saw : `${errorCodes[first.code].meaning} [${first.code}]`;
}
