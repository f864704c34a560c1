import { explainSubject } from './explain-subject.ts';
import { findClaim, judgeCondition, parseOperator } from './judge-condition.ts';
import { fits, hasWildcard, parsePattern, printPattern } from './pattern.ts';
import type { TokenClaims } from './token-claims.ts';
import type { Condition } from './trust-policy.ts';

/** What is wrong with a condition, in words, and what stands in its place once it is mended; nothing: take it out. */
export interface MendedCondition {
  readonly mistake: string;
  readonly instead: Condition | undefined;
}

/** Finds the smallest change after which a condition that does not hold for a token does. */
export function mendCondition(condition: Condition, token: TokenClaims, version: string): MendedCondition {
  const key = mendKey(condition, token);
  if (key === undefined) return mendValues(condition, token);
  if (key.key === undefined) return { mistake: key.mistake, instead: undefined };
  const renamed = { ...condition, key: key.key };
  if (judgeCondition(renamed, token, version).truth !== 'no')
    return { mistake: key.mistake, instead: renamed };
  const mended = mendValues(renamed, token);
  return { mistake: `${key.mistake}; ${mended.mistake}`, instead: mended.instead };
}

/** Says what is wrong with the key, and which is right; undefined where the key is one that the token has. */
function mendKey(
  { key }: Condition,
  token: TokenClaims,
): { mistake: string; key: string | undefined } | undefined {
  if (findClaim(key, token) !== undefined) return undefined;
  const [, scheme, issuer = '', slash, claim = ''] = /^(https?:\/\/)?(.*?)(\/)?:([^:]*)$/i.exec(key) ?? [];
  if (!token.claims.has(claim.toLowerCase())) {
    const isOwn = issuer.toLowerCase() === token.issuer.toLowerCase();
    return {
      key: undefined,
      mistake: isOwn
        ? `STS shows no claim "${claim}" of such a token, and a condition on it never holds`
        : `the key ${key} is of another issuer`,
    };
  }
  const right = `${token.issuer}:${claim.toLowerCase()}`;
  if (issuer.toLowerCase() !== token.issuer.toLowerCase())
    return { key: right, mistake: `the key is of another issuer, ${issuer}` };
  if (scheme !== undefined) return { key: right, mistake: `the key begins with ${scheme}` };
  return { key: right, mistake: `the key has a slash ${slash === undefined ? 'too few' : 'too many'}` };
}

function mendValues(condition: Condition, token: TokenClaims): MendedCondition {
  const operator = parseOperator(condition.operator);
  const claim = findClaim(condition.key, token);
  const name = condition.key.slice(token.issuer.length + 1);
  if (claim === undefined || claim === 'unknown' || operator === undefined || operator.base === 'Null')
    return { mistake: `${condition.operator} is against every such token`, instead: undefined };
  const text = printPattern(claim.text);
  if (operator.isNegated) {
    const others = condition.values.filter((value) => !fitsLoosely(text, value));
    const instead = others.length === 0 ? undefined : { ...condition, values: others };
    return { mistake: `${condition.operator} excludes this very ${name}`, instead };
  }
  const literal = condition.values.find((value) => fits(text, parsePattern(value)));
  if (operator.base !== 'Like' && literal !== undefined) {
    const like = condition.operator.replace(/Equals(IgnoreCase)?/, 'Like');
    return {
      mistake: `${condition.operator} takes * and ? for themselves, StringLike for wildcards`,
      instead: { ...condition, operator: like },
    };
  }
  const slip = condition.values.find((value) => fitsLoosely(text, value));
  const values = [...condition.values.filter((value) => value !== slip), text];
  // What is asked for may be a pattern itself.
  const isLike = operator.base === 'Like' || !hasWildcard(claim.text);
  const mended = isLike ? condition.operator : condition.operator.replace(/Equals(IgnoreCase)?/, 'Like');
  return {
    mistake: explainValue(name, text, condition.values, slip),
    instead: { ...condition, operator: mended, values },
  };
}

function explainValue(
  name: string,
  text: string,
  values: readonly string[],
  slip: string | undefined,
): string {
  if (slip !== undefined)
    return slip.trim() === slip ? `upper and lower case count in ${name}` : `${name} has a space too many`;
  return (
    (name === 'sub' ? explainSubject(text, values) : undefined) ??
    `the policy wants ${name} ${values.join(' or ')}, and it is ${text}`
  );
}

function fitsLoosely(text: string, value: string): boolean {
  return fits(text.toLowerCase(), parsePattern(value.trim().toLowerCase()));
}
