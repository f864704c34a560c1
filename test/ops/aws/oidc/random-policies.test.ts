import { expect, it } from 'vitest';
import { judgeExpected } from '../../../../src/ops/aws/oidc/judge-expected.ts';
import { createRandom } from '../../../support/random.ts';
import { ISSUER, PROVIDER, WORKER } from './policies.ts';

type Keys = Readonly<Record<string, readonly string[]>>;
interface PlainStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: { readonly Federated: string };
  readonly Action: string;
  readonly Condition: Readonly<Record<string, Keys>>;
}

const CLAIMS: Readonly<Record<string, string>> = {
  [`${ISSUER}:sub`]: WORKER.subject,
  [`${ISSUER}:aud`]: WORKER.audience,
};
const OPERATORS = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringNotLike',
  'StringLikeIfExists',
  'StringNotEqualsIfExists',
  'ForAnyValue:StringLike',
  'ForAnyValue:StringNotLike',
  'ForAllValues:StringEquals',
];
const VALUES = [
  WORKER.subject,
  WORKER.subject.toUpperCase(),
  'system:serviceaccount:hotpass:*',
  'system:serviceaccount:*:work?r',
  'system:serviceaccount:default:worker',
  WORKER.audience,
  'sts.*',
  '*',
  'other',
];
const KEYS = [...Object.keys(CLAIMS), `${ISSUER}:SUB`, `${ISSUER}:iss`, `https://${ISSUER}:sub`];

/** A second opinion, written another way: each condition becomes one question to one text. */
function isAllowed(statements: readonly PlainStatement[]): boolean {
  const hits = statements.filter(
    ({ Principal, Action, Condition }) =>
      Principal.Federated === PROVIDER && isAction(Action) && Object.entries(Condition).every(holds),
  );
  return hits.some(({ Effect }) => Effect === 'Allow') && !hits.some(({ Effect }) => Effect === 'Deny');
}

function isAction(action: string): boolean {
  return ['sts:assumerolewithwebidentity', 'sts:*', '*'].includes(action.toLowerCase());
}

function holds([operator, keys]: readonly [string, Keys]): boolean {
  return Object.entries(keys).every(([key, values]) => {
    const found = Object.entries(CLAIMS).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
    const isNegated = operator.includes('Not');
    if (found === undefined) {
      if (operator.startsWith('ForAnyValue')) return false;
      return isNegated || operator.startsWith('ForAllValues') || operator.endsWith('IfExists');
    }
    return values.some((value) => expression(operator, value).test(found)) !== isNegated;
  });
}

function expression(operator: string, value: string): RegExp {
  const plain = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const source = operator.includes('Like') ? plain.replaceAll('\\*', '.*').replaceAll('\\?', '.') : plain;
  return new RegExp(`^${source}$`, operator.includes('IgnoreCase') ? 'is' : 's');
}

function createPolicies(seed: number) {
  const random = createRandom(seed);
  const pick = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const found = list[Math.floor(random() * list.length)];
    if (found === undefined) throw new Error('there is nothing to pick');
    return found;
  };
  const some = <T>(make: () => T, most: number) =>
    Array.from({ length: 1 + Math.floor(random() * most) }, make);
  const makeKeys = (): Keys =>
    Object.fromEntries(some(() => [pick(KEYS), some(() => pick(VALUES), 3)] as const, 2));
  const makeStatement = (): PlainStatement => ({
    Effect: random() < 0.8 ? 'Allow' : 'Deny',
    Principal: { Federated: random() < 0.9 ? PROVIDER : `https://${ISSUER}` },
    Action: pick([
      'sts:AssumeRoleWithWebIdentity',
      'sts:assumerolewithwebidentity',
      'sts:*',
      'sts:AssumeRole',
    ]),
    Condition: Object.fromEntries(some(() => [pick(OPERATORS), makeKeys()] as const, 2)),
  });
  return { random, pick, next: () => some(makeStatement, 3) };
}

it('agrees with a second opinion on any policy, and its fixes do too', () => {
  const { next } = createPolicies(5);
  const seen = { allowed: 0, refused: 0, undecidable: 0, fixed: 0 };
  for (let i = 0; i < 300; i++) {
    const statements = next();
    const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    const found = judgeExpected(text, WORKER);
    seen[found.kind] += 1;
    if (found.kind === 'undecidable') throw new Error(`${text} is undecidable: ${found.why}`);
    if ((found.kind === 'allowed') !== isAllowed(statements)) throw new Error(`${text} is not ${found.kind}`);
    if (found.kind !== 'refused' || found.policy === undefined) continue;
    seen.fixed += 1;
    if (!isAllowed(JSON.parse(found.policy).Statement.map(withLists)))
      throw new Error(`${text} is not mended by ${found.policy}`);
  }
  // The test would prove nothing if all came out the same.
  expect(seen.allowed).toBeGreaterThan(10);
  expect(seen.fixed).toBeGreaterThan(100);
});

/** A fix writes one value by itself. */
function withLists(statement: PlainStatement): PlainStatement {
  const lists = (keys: Keys) =>
    Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, [values].flat()]));
  const Condition = Object.fromEntries(
    Object.entries(statement.Condition).map(([operator, keys]) => [operator, lists(keys)]),
  );
  const [Federated = ''] = [statement.Principal.Federated].flat();
  return { ...statement, Principal: { Federated }, Condition };
}

it('takes nothing that it does not know for a yes, wherever it stands', () => {
  const { next, random, pick } = createPolicies(7);
  const strange = [null, 7, [], {}, 'x', [null], { x: null }, '__proto__', true];
  const spoil = (value: unknown): unknown => {
    if (random() < 0.08) return pick(strange);
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        random() < 0.05 ? pick(['x', '', '__proto__', 'Effect', 'Null']) : key,
        spoil(inner),
      ]),
    );
  };
  const seen = { allowed: 0, refused: 0, undecidable: 0, shut: 0 };
  for (let i = 0; i < 300; i++) {
    const statements = next();
    const text = JSON.stringify(spoil({ Version: '2012-10-17', Statement: statements }));
    const found = judgeExpected(text, WORKER);
    seen[found.kind] += 1;
    // What is left as it was and denies, denies; and a Deny that nobody can read in full may deny too.
    const isShut = deniesIn(text).some((deny) =>
      statements.some((one) => JSON.stringify(one) === deny)
        ? !isAllowed([OPEN, JSON.parse(deny)])
        : deny.includes('null') && !isForAnother(JSON.parse(deny).Action),
    );
    if (isShut && found.kind === 'allowed') throw new Error(`${text} is allowed`);
    if (isShut) seen.shut += 1;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(10);
});

function isForAnother(action: unknown): boolean {
  return typeof action === 'string' && !isAction(action);
}

const OPEN: PlainStatement = {
  Effect: 'Allow',
  Principal: { Federated: PROVIDER },
  Action: '*',
  Condition: {},
};

function deniesIn(text: string): readonly string[] {
  const { Statement: found } = JSON.parse(text) ?? {};
  return [found]
    .flat()
    .filter((one) => one?.Effect === 'Deny')
    .map((one) => JSON.stringify(one));
}
