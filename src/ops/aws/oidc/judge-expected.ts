import { type JudgedStatement, judgeTrust, type Verdict, type WebIdentity } from './judge-trust.ts';
import { type Mended, mendTrust } from './mend-trust.ts';
import { findCommon, hasWildcard, parsePattern } from './pattern.ts';
import { GITHUB_ISSUER, githubClaims, plainClaims } from './token-claims.ts';
import { parseTrustPolicy, type TrustPolicy } from './trust-policy.ts';

/** Who is to take on a role. */
export interface Expected {
  /** Host and path, without https://. */
  readonly issuer: string;
  /** `*` in one of GitHub stands for what is not known. */
  readonly subject: string;
  readonly audience: string;
  readonly providerArn: string;
}

/** What came of it. */
export type Outcome =
  | {
      readonly kind: 'allowed';
      /** One that is admitted, where not all that fit the expected one are. */
      readonly example: string | undefined;
      readonly isOpen: boolean;
    }
  | ({ readonly kind: 'refused'; readonly nearest: JudgedStatement | undefined } & Mended)
  | { readonly kind: 'undecidable'; readonly why: string };

/** Says whether a trust policy, as JSON text, admits whom one expects. Pure. */
export function judgeExpected(text: string, expected: Expected): Outcome {
  const policy = parseTrustPolicy(text);
  if (policy === undefined)
    return { kind: 'undecidable', why: 'the trust policy is none of a form that is known here' };
  const identity = identityOf(expected, expected.subject);
  const verdict = judgeTrust(policy, identity);
  if (verdict.kind === 'refused')
    return {
      kind: 'refused',
      nearest: verdict.nearest,
      ...mendTrust(text, policy, verdict.nearest, identity),
    };
  if (verdict.kind === 'allowed')
    return { kind: 'allowed', example: undefined, isOpen: isOpen(verdict, expected) };
  const example = findAdmitted(policy, expected);
  return example === undefined ? verdict : { kind: 'allowed', example, isOpen: false };
}

function identityOf({ issuer, audience, providerArn }: Expected, subject: string): WebIdentity {
  const isGithub = issuer === GITHUB_ISSUER;
  const token = isGithub ? githubClaims(subject, audience) : plainClaims(issuer, subject, audience);
  return { token, providerArn };
}

/** Of a subject that is known in part, finds one in full that is admitted: those that the policy itself names, and usual ones. */
function findAdmitted(policy: TrustPolicy, expected: Expected): string | undefined {
  const asked = parsePattern(expected.subject);
  if (!hasWildcard(asked)) return undefined;
  const key = `${expected.issuer}:sub`.toLowerCase();
  const named = policy.statements
    .filter(({ effect }) => effect === 'Allow')
    .flatMap(({ conditions }) => conditions)
    .filter((condition) => condition.key.toLowerCase() === key)
    .flatMap(({ values }) => values);
  const usual = ['*ref:refs/heads/main', '*pull_request', '*environment:production'];
  return [...named, ...usual]
    .flatMap((value) => findCommon(parsePattern(value), asked) ?? [])
    .find((subject) => judgeTrust(policy, identityOf(expected, subject)).kind === 'allowed');
}

/** Tells whether any token of the issuer is let in: nothing asks who it is. */
function isOpen(verdict: Verdict & { kind: 'allowed' }, { issuer }: Expected): boolean {
  const keys = verdict.by.statement.conditions.map(({ key }) => key.toLowerCase());
  return !keys.some((key) => key.startsWith(`${issuer.toLowerCase()}:`) && !key.endsWith(':aud'));
}
