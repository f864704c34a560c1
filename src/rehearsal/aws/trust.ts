import { listAt, member, textAt } from '../ssm/json.ts';

/** Who asks to assume a role, and what their token says. */
export interface Claims {
  /** All names that a policy may call them by. */
  readonly principals: readonly string[];
  /** Value of each condition key, in lower case. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
}

type AssumeAction = 'AssumeRole' | 'AssumeRoleWithWebIdentity';

/** Tells whether a trust policy lets somebody assume its role: a statement allows it, and none denies it. */
export function permits(policy: unknown, action: AssumeAction, claims: Claims): boolean {
  const statements = listAt(policy, 'Statement').filter((one) => applies(one, action, claims));
  const effects = statements.map((one) => textAt(one, 'Effect'));
  return effects.includes('Allow') && !effects.includes('Deny');
}

function applies(statement: unknown, action: AssumeAction, claims: Claims): boolean {
  const principal = member(statement, 'Principal');
  const named = [...texts(member(principal, 'AWS')), ...texts(member(principal, 'Federated'))];
  const isNamed = principal === '*' || named.some((one) => one === '*' || claims.principals.includes(one));
  const isMeant = texts(member(statement, 'Action')).some((one) => isLike(one, `sts:${action}`));
  return isNamed && isMeant && holds(member(statement, 'Condition'), claims);
}

/** Every operator, and every key of each, has to hold. */
function holds(condition: unknown, { conditions }: Claims): boolean {
  return pairs(condition).every(([operator, keys]) =>
    pairs(keys).every(([key, wanted]) =>
      test(operator, conditions.get(key.toLowerCase()) ?? [], texts(wanted)),
    ),
  );
}

function test(operator: string, values: readonly string[], wanted: readonly string[]): boolean {
  const isMatch = (value: string) => wanted.some((one) => matches(operator, one, value));
  const isNegative = operator.includes('Not');
  if (values.length === 0) return isNegative || operator.endsWith('IfExists');
  if (operator.startsWith('ForAllValues:')) return values.every((one) => isMatch(one) !== isNegative);
  return values.some((one) => isMatch(one) !== isNegative);
}

function matches(operator: string, wanted: string, value: string): boolean {
  return operator.includes('Like') ? isLike(wanted, value) : wanted === value;
}

function isLike(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function texts(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((one) => typeof one === 'string');
}

function pairs(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
