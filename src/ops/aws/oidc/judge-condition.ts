import { foldCase, isWithin, literalPattern, type Pattern, parsePattern } from './pattern.ts';
import type { Claim, TokenClaims } from './token-claims.ts';
import type { Condition } from './trust-policy.ts';
import { anyOf, notSo, type Truth, truthOf } from './truth.ts';

/** What came of one condition; `why` says of a `maybe` what is not known. */
export interface Judged {
  readonly truth: Truth;
  readonly why?: string;
}

/** An operator, taken apart: `ForAnyValue:StringNotLikeIfExists`. */
export interface Operator {
  readonly set: 'ForAllValues' | 'ForAnyValue' | undefined;
  readonly base: 'Equals' | 'EqualsIgnoreCase' | 'Like' | 'Null';
  readonly isNegated: boolean;
  readonly ifExists: boolean;
}

/** Takes an operator apart; undefined where it compares no strings. */
export function parseOperator(operator: string): Operator | undefined {
  if (operator === 'Null') return { set: undefined, base: 'Null', isNegated: false, ifExists: false };
  const found =
    /^(?:(ForAllValues|ForAnyValue):)?String(Not)?(EqualsIgnoreCase|Equals|Like)(IfExists)?$/.exec(operator);
  if (found === null) return undefined;
  const [, set, not, base, ifExists] = found;
  return {
    set: set === 'ForAllValues' || set === 'ForAnyValue' ? set : undefined,
    base: base === 'Like' || base === 'EqualsIgnoreCase' ? base : 'Equals',
    isNegated: not !== undefined,
    ifExists: ifExists !== undefined,
  };
}

/**
 * Says whether a condition holds for a token, as IAM does it (User Guide, condition operators): several values are
 * alternatives, of negated operators none may fit; a key that is not there fits nothing.
 */
export function judgeCondition(condition: Condition, token: TokenClaims, version: string): Judged {
  const operator = parseOperator(condition.operator);
  if (operator === undefined) return unknown(`the operator ${condition.operator} is not judged here`);
  if (condition.values.length === 0) return unknown(`${condition.operator} names no value`);
  const claim = findClaim(condition.key, token);
  if (claim === 'unknown') return unknown(`${condition.key} is known only when the role is taken on`);
  const wanted: Pattern[] = [];
  for (const value of condition.values) {
    const pattern = readValue(value, operator, version);
    if (pattern === undefined) return unknown(`the value ${value} holds a variable`);
    wanted.push(pattern);
  }
  const truth = judge(operator, condition.values, wanted, claim);
  return truth === 'maybe' ? unknown(`it depends on ${condition.key} of the token`) : { truth };
}

/** Finds what a key stands for: undefined where no token has it, `unknown` where another part of the request does. */
export function findClaim(key: string, token: TokenClaims): Claim | undefined | 'unknown' {
  const name = key.toLowerCase();
  const own = `${token.issuer.toLowerCase()}:`;
  if (name.startsWith(own)) return token.claims.get(name.slice(own.length));
  // An issuer is a host: a key of another one is never there. Everything else is of the request itself.
  return /^(?:https?:\/\/)?[^:/]+\.[^:]*:/.test(name) ? undefined : 'unknown';
}

function judge(
  operator: Operator,
  values: readonly string[],
  wanted: readonly Pattern[],
  claim: Claim | undefined,
) {
  const ifThere = claim === undefined ? undefined : judgePresent(operator, values, wanted, claim.text);
  if (ifThere !== undefined && claim?.isSure === true) return ifThere;
  const ifMissing = judgeMissing(operator, values);
  if (ifThere === undefined || ifThere === ifMissing) return ifMissing;
  return 'maybe';
}

function judgePresent(
  { base, isNegated }: Operator,
  values: readonly string[],
  wanted: readonly Pattern[],
  text: Pattern,
): Truth {
  if (base === 'Null') return judgeNull(values, false);
  const [fold, given] =
    base === 'EqualsIgnoreCase' ? [foldCase, foldCase(text)] : [(same: Pattern) => same, text];
  const fits = anyOf(wanted.map((pattern) => isWithin(given, fold(pattern))));
  return isNegated ? notSo(fits) : fits;
}

function judgeMissing({ base, set, isNegated, ifExists }: Operator, values: readonly string[]): Truth {
  if (base === 'Null') return judgeNull(values, true);
  if (set === 'ForAllValues') return 'yes';
  // Nothing is written of the two together.
  if (set === 'ForAnyValue') return ifExists ? 'maybe' : 'no';
  return truthOf(isNegated || ifExists);
}

function judgeNull(values: readonly string[], isMissing: boolean): Truth {
  return anyOf(
    values.map((value) => {
      const asked = value.toLowerCase();
      return asked === 'true' || asked === 'false' ? truthOf((asked === 'true') === isMissing) : 'maybe';
    }),
  );
}

const ESCAPED = /\$\{([*?$])\}/;

/** Gives what a value fits; undefined where it holds a variable, of which nobody knows the value here. */
function readValue(value: string, { base }: Operator, version: string): Pattern | undefined {
  const read = base === 'Like' ? parsePattern : literalPattern;
  if (version === '2008-10-17') return read(value);
  const pieces = value.split(ESCAPED);
  // Odd pieces are the characters that were escaped.
  const isOpen = pieces.some((piece, index) => index % 2 === 0 && /\$\{[^}]*\}/.test(piece));
  if (isOpen) return undefined;
  return pieces.flatMap((piece, index) => (index % 2 === 0 ? read(piece) : literalPattern(piece)));
}

function unknown(why: string): Judged {
  return { truth: 'maybe', why };
}
