import { type RehearsedAccessEntry, type RehearsedCluster, usernameOf } from '../aws/account.ts';
import type { SignedBy } from '../aws/who-signed.ts';

/** Somebody whom the cluster lets in. */
export interface ClusterUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  readonly policies: NonNullable<RehearsedAccessEntry['policies']>;
}

/** A row of the ConfigMap `aws-auth`. */
export interface ConfigMapRow {
  /** Of a role without its path: the verifier never sees one. */
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Finds the user that an identity is in a cluster; undefined where nothing names it. An access entry goes before the
 * ConfigMap. Source: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html
 */
export function findUser(
  identity: SignedBy,
  { authenticationMode, accessEntries = [] }: Pick<RehearsedCluster, 'authenticationMode' | 'accessEntries'>,
  configMap: readonly ConfigMapRow[] = [],
): ClusterUser | undefined {
  const { principal, session } = principalOf(identity.arn);
  const entry =
    authenticationMode === 'CONFIG_MAP'
      ? undefined
      : accessEntries.find((one) => withoutPath(one.principalArn) === principal);
  const row = authenticationMode === 'API' ? undefined : configMap.find((one) => one.arn === principal);
  const found = entry ?? row;
  if (found === undefined) return undefined;
  const username = entry === undefined ? row?.username : usernameOf(entry);
  const [principalId = ''] = identity.userId.split(':');
  return {
    username: fillIn(username ?? '', identity, session),
    uid: `aws-iam-authenticator:${identity.account}:${principalId}`,
    groups: [...(found.groups ?? []), 'system:authenticated'],
    extra: {
      arn: [identity.arn],
      canonicalArn: [principal],
      principalId: [principalId],
      sessionName: [session],
    },
    policies: entry?.policies ?? [],
  };
}

/** The ARN of the role behind a session; whatever else signs stands for itself. STS has dropped the role's path. */
function principalOf(arn: string): { readonly principal: string; readonly session: string } {
  const found = /^arn:([\w-]+):sts::(\d{12}):assumed-role\/(.+)\/([^/]+)$/.exec(arn);
  if (found === null) return { principal: withoutPath(arn), session: '' };
  const [, partition, account, role, session = ''] = found;
  return { principal: `arn:${partition}:iam::${account}:role/${role}`, session };
}

function withoutPath(arn: string): string {
  return arn.replace(/^(arn:[\w-]+:iam::\d{12}:role)\/.*\//, '$1/');
}

function fillIn(template: string, { account }: SignedBy, session: string): string {
  return template
    .replaceAll('{{AccountID}}', account)
    .replaceAll('{{SessionName}}', session.replaceAll('@', '-'))
    .replaceAll('{{SessionNameRaw}}', session);
}
