import { type Expected, judgeExpected, type Outcome } from '../../../../src/ops/aws/oidc/judge-expected.ts';

export const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123456789';
export const PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${ISSUER}`;
export const GITHUB = 'token.actions.githubusercontent.com';
const GITHUB_PROVIDER = `arn:aws:iam::123456789012:oidc-provider/${GITHUB}`;

/** A service account of the cluster that is to take on a role. */
export const WORKER: Expected = {
  issuer: ISSUER,
  subject: 'system:serviceaccount:hotpass:worker',
  audience: 'sts.amazonaws.com',
  providerArn: PROVIDER,
};

/** A job of GitHub that is to take on a role. */
export function job(subject: string): Expected {
  return { issuer: GITHUB, subject, audience: 'sts.amazonaws.com', providerArn: GITHUB_PROVIDER };
}

type Conditions = Record<string, Record<string, unknown>>;

/** A statement that lets a service account of the cluster in, with these conditions. */
export function allow(condition?: Conditions, more: object = {}): object {
  return {
    Effect: 'Allow',
    Principal: { Federated: PROVIDER },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(condition === undefined ? {} : { Condition: condition }),
    ...more,
  };
}

/** A statement that lets jobs of GitHub in. */
export function allowJobs(condition: Conditions): object {
  return allow(condition, { Principal: { Federated: GITHUB_PROVIDER } });
}

/** A policy of these statements, as JSON text. */
export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** The outcome in a line: `allowed`, `refused: MISTAKE`, `undecidable: WHY`. */
export function outcome(text: string, expected: Expected): string {
  return say(judgeExpected(text, expected));
}

function say(found: Outcome): string {
  if (found.kind === 'undecidable') return `undecidable: ${found.why}`;
  if (found.kind === 'refused') return `refused: ${found.mistakes.join('; ')}`;
  return `allowed${found.isOpen ? ', to anybody' : ''}${found.example === undefined ? '' : `: ${found.example}`}`;
}
