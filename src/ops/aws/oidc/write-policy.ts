import { type Condition, type Fields, isFields, parseJson } from './trust-policy.ts';

/** Writes conditions as a policy has them: operator, key, and one value or several. */
export function writeConditions(conditions: readonly Condition[]): Fields {
  const operators = new Set(conditions.map(({ operator }) => operator));
  return Object.fromEntries(
    [...operators].map((operator) => {
      const own = conditions.filter((condition) => condition.operator === operator);
      return [operator, Object.fromEntries(own.map(({ key, values }) => [key, oneOrMore(values)]))];
    }),
  );
}

/** Gives one text by itself, and several as a list. */
export function oneOrMore(texts: readonly string[]): string | readonly string[] | undefined {
  return texts.length === 1 ? texts[0] : texts;
}

/** Writes parts into a statement of a policy, or as one more; all else stays as it is. `number` is from 1. */
export function writeStatement(text: string, parts: Fields, number: number | undefined): string {
  const policy = parseJson(text);
  if (!isFields(policy)) return text;
  const { Statement: found } = policy;
  const statements: readonly unknown[] = Array.isArray(found) ? found : [found];
  const changed = statements.map((one, index) =>
    index + 1 === number && isFields(one) ? { ...one, ...parts } : one,
  );
  return JSON.stringify({ ...policy, Statement: number === undefined ? [...changed, parts] : changed });
}
