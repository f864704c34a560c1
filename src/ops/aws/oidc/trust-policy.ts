/** The trust policy of a role, as far as we know what it means. */
export interface TrustPolicy {
  /** 2008-10-17 where it names none: there `${…}` in a value is plain text. */
  readonly version: string;
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** From 1: as an operator counts them. */
  readonly number: number;
  readonly effect: 'Allow' | 'Deny';
  /** `Action`, or `NotAction` with `isNegated`. */
  readonly actions: { readonly patterns: readonly string[]; readonly isNegated: boolean };
  readonly principal: Principal;
  readonly conditions: readonly Condition[];
  /** What of it cannot be judged here, in words. */
  readonly unknown: readonly string[];
}

interface Principal {
  /** `*`, or `AWS: *`: everybody. */
  readonly isAnyone: boolean;
  readonly federated: readonly string[];
  /** The others, as `AWS` and `Service`, as written. */
  readonly others: Fields;
}

/** One key of one operator; a statement holds when all of them do. */
export interface Condition {
  /** As `StringEquals` or `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** As written; upper and lower case are the same. */
  readonly key: string;
  readonly values: readonly string[];
}

/** An object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

const VERSIONS = ['2012-10-17', '2008-10-17'];
const PRINCIPALS = ['AWS', 'Service', 'CanonicalUser'];
const KNOWN = ['Sid', 'Effect', 'Action', 'NotAction', 'Principal', 'NotPrincipal', 'Condition'] as const;

/** Reads a policy; undefined where it is none, or of a version that is newer than this. */
export function parseTrustPolicy(text: string): TrustPolicy | undefined {
  const policy = parseJson(text);
  if (!isFields(policy)) return undefined;
  const version = policy.Version ?? '2008-10-17';
  if (typeof version !== 'string' || !VERSIONS.includes(version)) return undefined;
  const statements: Statement[] = [];
  for (const [index, found] of listOf(policy.Statement).entries()) {
    if (!isFields(found) || (found.Effect !== 'Allow' && found.Effect !== 'Deny')) return undefined;
    statements.push(parseStatement(found, found.Effect, index + 1));
  }
  return { version, statements };
}

function parseStatement(found: Fields, effect: 'Allow' | 'Deny', number: number): Statement {
  const unknown = Object.keys(found)
    .filter((name) => !KNOWN.some((known) => known === name))
    .map((name) => `${name} is no part of a trust policy that is known here`);
  if (found.NotPrincipal !== undefined) unknown.push('NotPrincipal is not judged here');
  const isNegated = found.Action === undefined;
  return {
    number,
    effect,
    actions: { isNegated, patterns: textsOf(isNegated ? found.NotAction : found.Action, 'Action', unknown) },
    principal: parsePrincipal(found, unknown),
    conditions: parseConditions(found.Condition, unknown),
    unknown,
  };
}

function parsePrincipal({ Principal: found, NotPrincipal: not }: Fields, unknown: string[]): Principal {
  if (found === '*') return { isAnyone: true, federated: [], others: {} };
  if (!isFields(found)) {
    if (not === undefined) unknown.push('Principal cannot be read');
    return { isAnyone: false, federated: [], others: {} };
  }
  const { Federated: federated, ...others } = found;
  for (const [kind, named] of Object.entries(others)) {
    if (!PRINCIPALS.includes(kind)) unknown.push(`principals of ${kind} are not known here`);
    textsOf(named, kind, unknown);
  }
  return {
    isAnyone: listOf(found.AWS).includes('*') || listOf(federated).includes('*'),
    federated: federated === undefined ? [] : textsOf(federated, 'Federated', unknown),
    others,
  };
}

function parseConditions(found: unknown, unknown: string[]): readonly Condition[] {
  if (found === undefined) return [];
  if (!isFields(found)) {
    unknown.push('Condition cannot be read');
    return [];
  }
  return Object.entries(found).flatMap(([operator, keys]) => {
    if (isFields(keys)) {
      return Object.entries(keys).map(([key, values]) => ({
        operator,
        key,
        values: textsOf(listOf(values).map(asText), `${operator} ${key}`, unknown),
      }));
    }
    unknown.push(`${operator} cannot be read`);
    return [];
  });
}

/** One text or several; none where one of them is no text, and that is noted. */
function textsOf(found: unknown, what: string, unknown: string[]): readonly string[] {
  const values = listOf(found);
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length > 0 && texts.length === values.length) return texts;
  unknown.push(`${what} cannot be read`);
  return [];
}

/** In conditions JSON's true, false and numbers count as their text. */
function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? `${value}` : value;
}

function listOf(found: unknown): readonly unknown[] {
  if (found === undefined) return [];
  return Array.isArray(found) ? found : [found];
}

/** Tells whether a value of JSON is an object. */
export function isFields(found: unknown): found is Fields {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}

/** Reads JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Who asked is told that it is no policy; node's words would quote it.
    return undefined;
  }
}
