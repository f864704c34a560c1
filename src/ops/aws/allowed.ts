import type { CallerIdentity } from '../../aws.ts';
import type { TargetConfig } from '../../config/schema.ts';
import { HotpassError } from '../../errors.ts';
import { shellWord } from '../../shell-words.ts';

/** Whom and what a target allows; undefined where its config says nothing of it. */
export interface Allowed {
  readonly target: string;
  /** Account ids. */
  readonly accounts?: readonly string[] | undefined;
  /** Names of roles; `*` stands for any characters. */
  readonly roles?: readonly string[] | undefined;
  /** Names of clusters; `*` stands for any characters. */
  readonly clusters?: readonly string[] | undefined;
  /** The target's own cluster, which is right also where no list is given. */
  readonly ownCluster?: string | undefined;
}

/** Who calls, in the words that people use. */
export interface Caller {
  readonly kind: 'role' | 'user' | 'root' | 'federated';
  /** Of a role of IAM Identity Center, that of its permission set. */
  readonly name: string;
  /** All names that it goes by: that of the role, and of the permission set behind it. */
  readonly names: readonly string[];
}

const KINDS = { 'assumed-role': 'role', user: 'user', 'federated-user': 'federated' } as const;
/** https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html */
const SSO_ROLE = /^AWSReservedSSO_(.+)_[0-9a-f]+$/;

/** Reads what the config of a target allows. */
export function allowedBy(target: string, { aws, eks }: TargetConfig): Allowed {
  const clusters = eks?.clusters && [...(eks.cluster === undefined ? [] : [eks.cluster]), ...eks.clusters];
  return { target, accounts: aws?.accounts, roles: aws?.roles, clusters, ownCluster: eks?.cluster };
}

/** Says who an identity is: the role of an assumed role, without its session; the name of a user, without its path. */
export function callerOf({ arn }: Pick<CallerIdentity, 'arn'>): Caller {
  const [word = '', ...path] = arn.split(':').slice(5).join(':').split('/');
  const kind = Object.entries(KINDS).find(([known]) => known === word)?.[1];
  if (kind === undefined) return { kind: 'root', name: word, names: [word] };
  const name = (kind === 'role' ? path[0] : path.at(-1)) ?? '';
  const permissionSet = kind === 'role' ? SSO_ROLE.exec(name)?.[1] : undefined;
  return {
    kind,
    name: permissionSet ?? name,
    names: permissionSet === undefined ? [name] : [permissionSet, name],
  };
}

/**
 * Judges whether a target allows an identity; gives what is wrong with it: `account-not-allowed`, `role-not-allowed`.
 * A target that names roles allows no users.
 */
export function judgeIdentity(identity: CallerIdentity, allowed: Allowed): HotpassError | undefined {
  const { target, accounts, roles } = allowed;
  const hint = `hotpass aws check ${shellWord(target)} --profile PROFILE`;
  if (accounts !== undefined && !accounts.includes(identity.account)) {
    return new HotpassError(
      'account-not-allowed',
      `account ${identity.account} is not allowed for ${target}; allowed: ${listText(accounts)}`,
      { hint, details: { account: identity.account, allowed: accounts } },
    );
  }
  if (roles === undefined) return undefined;
  const { kind, name, names } = callerOf(identity);
  if (kind === 'role' && names.some((one) => matchesAny(one, roles))) return undefined;
  const who =
    kind === 'role' ? `role ${name}` : `${kind === 'root' ? 'root' : `user ${name}`}, which is no role,`;
  return new HotpassError(
    'role-not-allowed',
    `${who} is not allowed for ${target}; allowed: ${listText(roles)}`,
    {
      hint,
      details: { arn: identity.arn, allowed: roles },
    },
  );
}

/** Judges whether a target allows a cluster; gives what is wrong with it: `cluster-not-allowed`. */
export function judgeCluster(cluster: string, { target, clusters }: Allowed): HotpassError | undefined {
  if (clusters === undefined || matchesAny(cluster, clusters)) return undefined;
  return new HotpassError(
    'cluster-not-allowed',
    `cluster ${cluster} is not allowed for ${target}; allowed: ${listText(clusters)}`,
    { hint: `hotpass aws check ${shellWord(target)}`, details: { cluster, allowed: clusters } },
  );
}

/** Tells whether a name is one of these, in which `*` stands for any characters, or none. */
function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern));
}

/** Not by a regular expression: of many stars that one may take years, and no Ctrl-C ends it. */
function matches(name: string, pattern: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return name === pattern;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

function listText(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}
