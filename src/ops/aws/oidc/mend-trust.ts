import { explainProvider } from './explain-provider.ts';
import { findClaim, parseOperator } from './judge-condition.ts';
import { ACTION, type JudgedStatement, judgeTrust, type WebIdentity } from './judge-trust.ts';
import { mendCondition } from './mend-condition.ts';
import { hasWildcard, printPattern } from './pattern.ts';
import { type Condition, type Fields, parseTrustPolicy, type TrustPolicy } from './trust-policy.ts';
import { oneOrMore, writeConditions, writeStatement } from './write-policy.ts';

/** Why a policy refuses, and the smallest change after which it does not. */
export interface Mended {
  /** What is wrong, in words. */
  readonly mistakes: readonly string[];
  /** What to write into which statement: `statement 1: "Condition":{…}`; undefined where a person must choose. */
  readonly fix: string | undefined;
  /** The whole policy as it would be: JSON text. */
  readonly policy: string | undefined;
}

interface Change {
  readonly mistakes: readonly string[];
  /** Parts of the statement that change; undefined where none is known that would help. */
  readonly parts: Fields | undefined;
  /** The statement is left alone, and the parts are a further one. */
  readonly isNew?: boolean;
}

/** Finds the smallest change of a policy that refuses. It is tried out: a change that does not help is not given. */
export function mendTrust(
  text: string,
  policy: TrustPolicy,
  nearest: JudgedStatement | undefined,
  identity: WebIdentity,
): Mended {
  const { mistakes, parts, isNew = false } = findChange(policy, nearest, identity);
  if (parts === undefined) return { mistakes, fix: undefined, policy: undefined };
  const number = isNew ? undefined : nearest?.statement.number;
  const mended = writeStatement(text, parts, number);
  const parsed = parseTrustPolicy(mended);
  if (parsed === undefined || judgeTrust(parsed, identity).kind === 'refused')
    return { mistakes, fix: undefined, policy: undefined };
  const piece = JSON.stringify(parts);
  const fix =
    number === undefined ? `one more statement: ${piece}` : `statement ${number}: ${piece.slice(1, -1)}`;
  return { mistakes, fix, policy: mended };
}

function findChange(
  policy: TrustPolicy,
  nearest: JudgedStatement | undefined,
  identity: WebIdentity,
): Change {
  if (nearest === undefined) return { mistakes: ['no statement allows anything'], ...addStatement(identity) };
  if (nearest.statement.effect === 'Deny') return exempt(nearest, identity);
  if (nearest.isForProvider) return mendStatement(policy, nearest, identity);
  const { federated, others } = nearest.statement.principal;
  const wrong = explainProvider(federated, identity.providerArn);
  // Another issuer may be meant as well: its statement is left as it is.
  if (wrong?.slip === undefined || !nearest.isForAction)
    return { mistakes: [wrong?.mistake ?? 'no statement is for this issuer'], ...addStatement(identity) };
  const rest = mendStatement(policy, nearest, identity);
  const right = federated.map((one) => (one === wrong.slip ? identity.providerArn : one));
  const principal = { Principal: { ...others, Federated: oneOrMore(right) } };
  return {
    mistakes: [wrong.mistake, ...rest.mistakes],
    parts: rest.parts === undefined ? undefined : { ...principal, ...rest.parts },
  };
}

function mendStatement(policy: TrustPolicy, nearest: JudgedStatement, { token }: WebIdentity): Change {
  const { statement, failing, isForAction } = nearest;
  const mistakes = isForAction ? [] : [`the action is ${statement.actions.patterns.join(', ')}`];
  const conditions: Condition[] = [];
  for (const condition of statement.conditions) {
    const mended = failing.includes(condition) ? mendCondition(condition, token, policy.version) : undefined;
    const instead = mended === undefined ? condition : mended.instead;
    if (instead !== undefined) conditions.push(instead);
    if (mended !== undefined) mistakes.push(mended.mistake);
  }
  // Two conditions that come to stand on one key of one operator: JSON cannot say both.
  const places = new Set(conditions.map(({ operator, key }) => `${operator} ${key.toLowerCase()}`));
  if (places.size < conditions.length) return { mistakes, parts: undefined };
  const action = isForAction ? {} : { Action: ACTION };
  const condition = failing.length === 0 ? {} : { Condition: writeConditions(conditions) };
  return { mistakes, parts: { ...action, ...condition } };
}

/** A Deny for all but some: this is one more of them. Any other Deny is for a person to weigh. */
function exempt({ statement }: JudgedStatement, { token }: WebIdentity): Change {
  const mistakes = [`statement ${statement.number} denies it`];
  for (const condition of statement.conditions) {
    const claim = findClaim(condition.key, token);
    if (parseOperator(condition.operator)?.isNegated !== true) continue;
    if (claim === undefined || claim === 'unknown') continue;
    const values = [...condition.values, printPattern(claim.text)];
    const conditions = statement.conditions.map((one) => (one === condition ? { ...one, values } : one));
    return { mistakes, parts: { Condition: writeConditions(conditions) } };
  }
  return { mistakes, parts: undefined };
}

function addStatement({ token, providerArn }: WebIdentity): { parts: Fields; isNew: true } {
  const condition = (name: string): Condition => {
    const text = token.claims.get(name)?.text ?? [];
    const operator = hasWildcard(text) ? 'StringLike' : 'StringEquals';
    return { operator, key: `${token.issuer}:${name}`, values: [printPattern(text)] };
  };
  return {
    isNew: true,
    parts: {
      Effect: 'Allow',
      Principal: { Federated: providerArn },
      Action: ACTION,
      Condition: writeConditions([condition('aud'), condition('sub')]),
    },
  };
}
