import type { ErrorCode } from '../../../error-codes.ts';
import { asHotpassError } from '../../../errors.ts';
import { printable } from '../../../printable.ts';
import { shellCommand } from '../../../shell-words.ts';
import type { VerifyOidc } from './asked.ts';
import { makeIssuer } from './issuer.ts';
import { failedPart, type Part, skippedPart, thrownPart } from './part.ts';
import type { RoleCase } from './plan-roles.ts';
import { DEFAULT_AUDIENCE, GITHUB_ISSUER } from './token-claims.ts';
import { judgeRole } from './trust-part.ts';

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const AUDIENCE_ANNOTATION = 'eks.amazonaws.com/audience';

/** What is told by other links is not told again. */
const WHY_NOT: ReadonlyMap<ErrorCode, string> = new Map([
  ['eks-forbidden', 'not permitted: get serviceaccounts'],
  ['eks-role-not-mapped', 'needs: token'],
  ['eks-unreachable', 'needs: endpoint'],
  ['eks-tls-untrusted', 'needs: endpoint'],
]);

type Notes = NonNullable<Part['evidence']>;
type OfServiceAccount = RoleCase & { kind: 'service-account' };

/** Looks whether one role admits who is to take it on: one answer, or two where its name stands in a service account. */
export async function lookAtRole(asked: VerifyOidc, one: RoleCase): Promise<Part> {
  if (one.kind === 'nobody')
    return skippedPart(`${one.role}: serviceAccount or githubSubject of aws.oidc says who is to take it on`);
  if (one.kind === 'service-account') return lookAtServiceAccount(asked, one);
  const { isAssumed, role, subjects, audience } = one;
  const notes: Notes = isAssumed ? [['assumed', `a job of arc's repository: ${subjects.join(' or ')}`]] : [];
  return askForRole(asked, role, `https://${GITHUB_ISSUER}`, subjects, audience, notes);
}

async function lookAtServiceAccount(asked: VerifyOidc, one: OfServiceAccount): Promise<Part> {
  const issuer = asked.cluster?.issuer;
  if (issuer === undefined) return skippedPart('needs: cluster');
  const { namespace, name } = one.account;
  const subject = `system:serviceaccount:${namespace}:${name}`;
  if (one.role === undefined) {
    const seen = await readAnnotations(asked, one);
    if (seen.role === undefined) return seen.part;
    return askForRole(asked, seen.role, issuer, [subject], seen.audience, []);
  }
  const [seen, part] = await Promise.all([
    readAnnotations(asked, one),
    askForRole(asked, one.role, issuer, [subject], one.audience, []),
  ]);
  if (seen.role === undefined) return withNote(part, seen.part.saw);
  if (nameOf(seen.role) === nameOf(one.role)) return part;
  return failedPart(
    'oidc-role-missing',
    `service account ${namespace}/${name} takes on ${printable(seen.role)}, not ${one.role}`,
    { facts: { serviceAccount: `${namespace}/${name}`, role: one.role, annotated: seen.role } },
  );
}

type Annotated =
  | { readonly role: string; readonly audience: string | undefined }
  | { role?: undefined; part: Part };

async function readAnnotations(
  { ask, readServiceAccount }: VerifyOidc,
  { account }: OfServiceAccount,
): Promise<Annotated> {
  const name = `${account.namespace}/${account.name}`;
  if (readServiceAccount === undefined)
    return { part: skippedPart(`service account ${name} is not looked at: needs: token`) };
  try {
    const found = await ask('Kubernetes', (signal) => readServiceAccount(account, signal));
    if (found === undefined) {
      const next = shellCommand(['kubectl', '-n', account.namespace, 'get', 'serviceaccounts']);
      return { part: failedPart('oidc-role-missing', `there is no service account ${name}`, { next }) };
    }
    const role = found[ROLE_ANNOTATION];
    if (role !== undefined) return { role, audience: found[AUDIENCE_ANNOTATION] };
    const saw = `service account ${name} names no role (${ROLE_ANNOTATION}); EKS Pod Identity may be in use`;
    return { part: skippedPart(saw) };
  } catch (thrown) {
    const { code, message } = asHotpassError(thrown);
    const why = WHY_NOT.get(code) ?? message;
    return { part: skippedPart(`service account ${name} is not looked at: ${why}`) };
  }
}

async function askForRole(
  { api, ask, identity, awsFlags }: VerifyOidc,
  role: string,
  address: string,
  subjects: readonly [string, ...string[]],
  audience: string | undefined,
  notes: Notes,
): Promise<Part> {
  const account = /^arn:[^:]+:iam::([0-9]{12}):role\//.exec(role)?.[1] ?? identity.account;
  if (account !== identity.account)
    return skippedPart(
      `${printable(role)} is in another account than ${identity.account}, and is not looked at`,
    );
  try {
    const name = nameOf(role);
    const found = await ask('IAM', (signal) => api.getRole(name, signal));
    if (found === undefined)
      return failedPart('oidc-role-missing', `the account has no role ${printable(name)}`, {
        next: ['aws iam list-roles --query Roles[].Arn', awsFlags].filter((part) => part !== '').join(' '),
      });
    if (role.startsWith('arn:') && role !== found.arn)
      return failedPart(
        'oidc-role-missing',
        `there is no ${printable(role)}: the ARN of the role is ${found.arn}`,
      );
    const { name: issuer, providerArn } = makeIssuer(address, identity);
    const judge = (subject: string) =>
      judgeRole(
        found,
        { issuer, subject, audience: audience ?? DEFAULT_AUDIENCE, providerArn },
        notes,
        awsFlags,
      );
    const [first, ...others] = subjects;
    return joinForms(
      [first, judge(first)],
      others.map((subject) => [subject, judge(subject)]),
    );
  } catch (thrown) {
    return thrownPart(thrown, 'iam:GetRole');
  }
}

type Form = readonly [subject: string, part: Part];

/** Of the forms that a subject may have one has to be admitted; what is said of the others stands beside it. */
function joinForms(first: Form, others: readonly Form[]): Part {
  const all = [first, ...others];
  const best =
    all.find(([, part]) => part.state === 'ok') ?? all.find(([, part]) => part.state === 'skipped') ?? first;
  if (best[1].state !== 'ok') return best[1];
  const refused = all.filter(([, part]) => part.state === 'failed').map(([subject]) => subject);
  return refused.length === 0 ? best[1] : withNote(best[1], `does not admit ${refused.join(', ')}`);
}

function nameOf(role: string): string {
  return role.slice(role.lastIndexOf('/') + 1);
}

function withNote(part: Part, note: string): Part {
  return { ...part, evidence: [...(part.evidence ?? []), ['note', note]] };
}
