/** Who a cluster would know a caller as. */
export interface Principal {
  /** Of a role: as good as it can be known, STS leaves the path of a role out. */
  readonly arn: string;
  readonly kind: 'role' | 'user' | 'other';
  /** Of a role, without path and session. */
  readonly name: string;
}

/** Of a role that IAM Identity Center made: permission set and suffix, which is another each time it is made. */
const SSO_ROLE = /^(AWSReservedSSO_.+)_([0-9a-f]+)$/;

/** Says which principal an STS identity is. Pure. */
export function principalOf(callerArn: string): Principal {
  const [, partition = 'aws', service, , account = '', ...rest] = callerArn.split(':');
  const [word = '', ...path] = rest.join(':').split('/');
  if (service === 'sts' && word === 'assumed-role') {
    const name = path[0] ?? '';
    const folder = SSO_ROLE.test(name) ? 'aws-reserved/sso.amazonaws.com/' : '';
    return { arn: `arn:${partition}:iam::${account}:role/${folder}${name}`, kind: 'role', name };
  }
  const name = path.at(-1) ?? word;
  return { arn: callerArn, kind: word === 'user' ? 'user' : 'other', name };
}

/** Tells whether an access entry is for this principal; of a role the path is not known. Pure. */
export function isEntryOf(entryArn: string, { arn, kind, name }: Principal): boolean {
  if (entryArn === arn) return true;
  const [head, ...path] = entryArn.split('/');
  return kind === 'role' && head === arn.split('/')[0] && path.at(-1) === name;
}

/**
 * Finds entries for an earlier making of the same role: IAM Identity Center gives a permission set that is assigned anew
 * another suffix, and the entry stays with the old one. Pure.
 */
export function formerEntries(entryArns: readonly string[], { arn, name }: Principal): readonly string[] {
  const [, set] = SSO_ROLE.exec(name) ?? [];
  if (set === undefined) return [];
  const account = arn.split('/')[0];
  return entryArns.filter((entry) => {
    const [head, ...path] = entry.split('/');
    const last = path.at(-1) ?? '';
    return head === account && last !== name && SSO_ROLE.exec(last)?.[1] === set;
  });
}

/**
 * Gives the ARN that an entry would need. The path of a role of IAM Identity Center holds the region of that; entries of
 * its sisters show it. Pure.
 */
export function entryArnOf(
  principal: Principal,
  known: string | undefined,
  entryArns: readonly string[],
): string {
  if (known !== undefined) return known;
  if (!SSO_ROLE.test(principal.name)) return principal.arn;
  const [head] = principal.arn.split('/');
  const sister = entryArns.find((entry) => entry.startsWith(`${head}/aws-reserved/sso.amazonaws.com/`));
  return sister === undefined
    ? principal.arn
    : `${sister.slice(0, sister.lastIndexOf('/'))}/${principal.name}`;
}

/** The suffix of a role that IAM Identity Center made. */
export function suffixOf(entryArn: string): string {
  return SSO_ROLE.exec(entryArn.split('/').at(-1) ?? '')?.[2] ?? '';
}
