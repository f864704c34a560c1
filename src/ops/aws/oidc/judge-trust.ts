import { type Judged, judgeCondition } from './judge-condition.ts';
import { fits, parsePattern } from './pattern.ts';
import type { TokenClaims } from './token-claims.ts';
import type { Condition, Statement, TrustPolicy } from './trust-policy.ts';
import { allOf, anyOf, notSo, type Truth, truthOf } from './truth.ts';

/** Who wants to take on the role: a token, and the ARN of the IAM provider that its issuer has in the role's account. */
export interface WebIdentity {
  readonly token: TokenClaims;
  readonly providerArn: string;
}

export type Verdict =
  | { readonly kind: 'allowed'; readonly by: JudgedStatement }
  | { readonly kind: 'refused'; readonly nearest: JudgedStatement | undefined }
  | { readonly kind: 'undecidable'; readonly why: string };

/** A statement, and what came of its parts. */
export interface JudgedStatement {
  readonly statement: Statement;
  readonly truth: Truth;
  readonly isForAction: boolean;
  readonly isForProvider: boolean;
  /** Conditions that do not hold. */
  readonly failing: readonly Condition[];
  readonly why: readonly string[];
}

/** What a web identity asks STS for. */
export const ACTION = 'sts:AssumeRoleWithWebIdentity';

/**
 * Says whether a trust policy lets a web identity take on the role: a Deny counts first, then any Allow. What cannot be
 * judged is `undecidable`, unless it makes no difference. A refusal names the statement that comes nearest, or denies.
 */
export function judgeTrust(policy: TrustPolicy, identity: WebIdentity): Verdict {
  const judged = policy.statements.map((statement) => judgeStatement(statement, policy.version, identity));
  const denies = judged.filter(({ statement }) => statement.effect === 'Deny');
  const allows = judged.filter(({ statement }) => statement.effect === 'Allow');
  const denied = denies.find(({ truth }) => truth === 'yes');
  if (denied !== undefined) return { kind: 'refused', nearest: denied };
  const open = [...allows, ...denies].find(({ truth }) => truth === 'maybe');
  const allowed = allows.find(({ truth }) => truth === 'yes');
  if (allows.every(({ truth }) => truth === 'no')) return { kind: 'refused', nearest: findNearest(allows) };
  if (allowed === undefined || denies.some(({ truth }) => truth === 'maybe'))
    return { kind: 'undecidable', why: explainOpen(allowed === undefined ? open : denies.find(isOpen)) };
  return { kind: 'allowed', by: allowed };
}

function isOpen({ truth }: JudgedStatement): boolean {
  return truth === 'maybe';
}

function explainOpen(open: JudgedStatement | undefined): string {
  return `statement ${open?.statement.number} cannot be judged: ${open?.why.join('; ')}`;
}

function judgeStatement(
  statement: Statement,
  version: string,
  { token, providerArn }: WebIdentity,
): JudgedStatement {
  const conditions = statement.conditions.map((condition) => ({
    condition,
    judged: judgeCondition(condition, token, version),
  }));
  const action = judgeAction(statement);
  const principal = judgePrincipal(statement, providerArn);
  const parts: readonly Judged[] = [action, principal, ...conditions.map(({ judged }) => judged)];
  const truth = allOf(parts.map((part) => part.truth));
  return {
    statement,
    // Of a statement with a part that is not understood, the other parts prove nothing; but for the action.
    truth: statement.unknown.length > 0 && action.truth !== 'no' ? 'maybe' : truth,
    isForAction: action.truth !== 'no',
    isForProvider: principal.truth !== 'no',
    failing: conditions.filter(({ judged }) => judged.truth === 'no').map(({ condition }) => condition),
    why: [...statement.unknown, ...parts.flatMap((part) => (part.why === undefined ? [] : [part.why]))],
  };
}

function judgeAction({ actions }: Statement): Judged {
  if (actions.patterns.length === 0) return { truth: 'maybe' };
  const isNamed = anyOf(
    actions.patterns.map((name) => truthOf(fits(ACTION.toLowerCase(), parsePattern(name.toLowerCase())))),
  );
  return { truth: actions.isNegated ? notSo(isNamed) : isNamed };
}

function judgePrincipal({ principal, effect }: Statement, providerArn: string): Judged {
  if (principal.federated.includes(providerArn)) return { truth: 'yes' };
  if (principal.isAnyone) {
    if (effect === 'Deny') return { truth: 'yes' };
    return { truth: 'maybe', why: 'Principal is everybody, and not the IAM provider' };
  }
  return { truth: 'no' };
}

/** The Allow that a change of the fewest parts would open: of the provider rather than not, and with few failing conditions. */
function findNearest(allows: readonly JudgedStatement[]): JudgedStatement | undefined {
  const distance = (one: JudgedStatement) =>
    (one.isForAction ? 0 : 4) + (one.isForProvider ? 0 : 2) + one.failing.length / 100;
  return allows.reduce<JudgedStatement | undefined>(
    (best, one) => (best === undefined || distance(one) < distance(best) ? one : best),
    undefined,
  );
}
