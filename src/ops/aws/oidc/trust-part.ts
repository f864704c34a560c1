import type { IamRole } from '../../../aws.ts';
import { printable } from '../../../printable.ts';
import { shellCommand } from '../../../shell-words.ts';
import { type Expected, judgeExpected, type Outcome } from './judge-expected.ts';
import { failedPart, okPart, type Part, skippedPart } from './part.ts';

/** Judges whether the trust policy of a role admits whom one expects. Pure. */
export function judgeRole(
  role: IamRole,
  expected: Expected,
  notes: NonNullable<Part['evidence']>,
  awsFlags: string,
): Part {
  const outcome = judgeExpected(role.trustPolicy, expected);
  const facts = {
    role: role.arn,
    issuer: expected.issuer,
    subject: expected.subject,
    audience: expected.audience,
    ...factsOf(outcome),
  };
  if (outcome.kind === 'undecidable')
    return skippedPart(`${role.name}: ${printable(outcome.why)}`, { evidence: notes, facts });
  if (outcome.kind === 'allowed') {
    const whom = outcome.example === undefined ? expected.subject : `some of ${expected.subject}`;
    const evidence = [
      ...(outcome.example === undefined ? [] : [['for one', outcome.example] as const]),
      ...(outcome.isOpen
        ? [['warning', `anybody with a token of ${expected.issuer} may take it on`] as const]
        : []),
      ...notes,
    ];
    return okPart(`${role.name} admits ${whom}`, { evidence, facts });
  }
  const { mistakes, fix, policy } = outcome;
  return failedPart('oidc-trust-refused', `${role.name} does not admit ${expected.subject}`, {
    evidence: [
      ...mistakes.map((mistake) => ['because', printable(mistake)] as const),
      ...findFailing(outcome).map((line) => ['fails', printable(line)] as const),
      ['the token', `sub ${expected.subject}, aud ${expected.audience}`],
      ...(fix === undefined ? [] : [['fix', printable(fix)] as const]),
      ...notes,
    ],
    ...(policy === undefined ? {} : { next: updateCommand(role.name, policy, awsFlags) }),
    facts,
  });
}

function findFailing(outcome: Outcome & { kind: 'refused' }): readonly string[] {
  const { nearest } = outcome;
  if (nearest === undefined) return [];
  const { number } = nearest.statement;
  return nearest.failing.map(
    ({ operator, key, values }) => `statement ${number}: ${operator} ${key} ${values.join(' or ')}`,
  );
}

function factsOf(outcome: Outcome): object {
  if (outcome.kind === 'undecidable') return { verdict: outcome.kind, why: outcome.why };
  if (outcome.kind === 'allowed')
    return { verdict: outcome.kind, example: outcome.example ?? null, isOpen: outcome.isOpen };
  return {
    verdict: outcome.kind,
    mistakes: outcome.mistakes,
    statement: outcome.nearest?.statement.number ?? null,
    failing: outcome.nearest?.failing ?? [],
    fix: outcome.fix ?? null,
    fixedPolicy: outcome.policy ?? null,
  };
}

function updateCommand(name: string, policy: string, awsFlags: string): string {
  const words = ['aws', 'iam', 'update-assume-role-policy', '--role-name', name, '--policy-document', policy];
  return [shellCommand(words), awsFlags].filter((part) => part !== '').join(' ');
}
