import type { AccessEntry, CallerIdentity, Cluster, IamRole } from '../../../aws.ts';
import { type Answer, gotten } from './answer.ts';
import { entryArnOf, formerEntries, isEntryOf, type Principal, principalOf, suffixOf } from './principal.ts';

/** What was asked about how a cluster maps the caller. */
export interface MappingAnswers {
  readonly identity: Answer<CallerIdentity>;
  readonly cluster: Answer<Cluster>;
  readonly entries: Answer<readonly string[]>;
  readonly entry: Answer<AccessEntry | undefined>;
  readonly role: Answer<IamRole | undefined>;
}

/** How the cluster maps the caller, for the words of the links that hang on it. */
export interface Mapping {
  /** What the caller is. */
  readonly kind: 'role' | 'user' | 'caller';
  /** Who one is, why the cluster does not know that, and what to ask for. */
  readonly evidence: readonly (readonly [word: string, text: string])[];
  /** What one may by the access entry, and what to ask for. */
  readonly rights: readonly (readonly [word: string, text: string])[];
}

/** Puts together what is known of the caller's access entry. Pure. */
export function describeMapping(answers: MappingAnswers, region: string): Mapping {
  const identity = gotten(answers.identity);
  const cluster = gotten(answers.cluster);
  if (identity === undefined || cluster === undefined) return { kind: 'caller', evidence: [], rights: [] };
  const entries = gotten(answers.entries) ?? [];
  const principal = principalOf(identity.arn);
  const arn = entryArnOf(principal, gotten(answers.role)?.arn, entries);
  const mine = entries.find((entry) => isEntryOf(entry, principal));
  const flags = `--cluster-name ${cluster.name} --region ${region} --principal-arn`;
  const why = whyUnknown(answers, principal, mine);
  return {
    kind: principal.kind === 'other' ? 'caller' : principal.kind,
    evidence: [
      ['you are', arn],
      ...why.map((text) => ['evidence', text] as const),
      ...(mine === undefined ? [['ask for', askFor(cluster, arn, flags)] as const] : []),
    ],
    rights: [
      ...policyText(gotten(answers.entry)),
      [
        'ask for',
        mine === undefined
          ? `a role binding for one of these groups`
          : `aws eks associate-access-policy ${flags} ${mine} --policy-arn POLICY --access-scope type=cluster`,
      ],
    ],
  };
}

function whyUnknown(
  { entries, cluster }: MappingAnswers,
  principal: Principal,
  mine: string | undefined,
): readonly string[] {
  const mode = gotten(cluster)?.authenticationMode;
  const hasMap = mode === 'CONFIG_MAP' || mode === 'API_AND_CONFIG_MAP';
  const map = hasMap ? ['the aws-auth ConfigMap may name roles too; it names them without their path'] : [];
  if (mode === 'CONFIG_MAP') return ['this cluster knows roles by its aws-auth ConfigMap alone'];
  if (entries.kind !== 'got')
    return entries.kind === 'failed'
      ? [`access entries were not seen: ${entries.error.message}`, ...map]
      : map;
  if (mine !== undefined)
    return [
      `there is an access entry for it, ${mine}: was it made in the last minute, or for another role of this name?`,
    ];
  const count = entries.value.length;
  const former = formerEntries(entries.value, principal);
  if (former.length > 0) {
    const suffixes = former.map((entry) => `_${suffixOf(entry)}`).join(', ');
    return [
      `${former.length} of ${count} access entries ${former.length === 1 ? 'has' : 'have'} this name with another suffix (${suffixes}): the role was re-created`,
    ];
  }
  return [`none of ${count} access entries is for it`, ...map];
}

function askFor(cluster: Cluster, arn: string, flags: string): string {
  return cluster.authenticationMode === 'CONFIG_MAP'
    ? `mapRoles of the aws-auth ConfigMap: ${arn.replace(/(:role\/).*\//, '$1')}`
    : `aws eks create-access-entry ${flags} ${arn}`;
}

function policyText(entry: AccessEntry | undefined): (readonly [string, string])[] {
  if (entry?.policies === undefined) return [];
  const policies = entry.policies.map(
    ({ arn, namespaces }) => `${arn.split('/').at(-1)} (${scopeText(namespaces)})`,
  );
  return [['by entry', policies.length === 0 ? 'no access policy is associated' : policies.join(', ')]];
}

/** Writes where a policy holds. */
export function scopeText(namespaces: readonly string[] | undefined): string {
  return namespaces === undefined ? 'cluster' : namespaces.join(' ');
}
