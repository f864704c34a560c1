import { hasWildcard, literalPattern, type Pattern, parsePattern } from './pattern.ts';

/** What a token says of one claim: its text, or the pattern that its text fits; and whether it may be left out. */
export interface Claim {
  readonly text: Pattern;
  readonly isSure: boolean;
}

/** A token that is to be admitted, as STS shows it to the trust policy. */
export interface TokenClaims {
  /** Host and path, without https://. */
  readonly issuer: string;
  /** By the claim's name, in lower case. What is not here, the trust policy never sees. */
  readonly claims: ReadonlyMap<string, Claim>;
}

export const GITHUB_ISSUER = 'token.actions.githubusercontent.com';

/** What STS and its clients ask for where nobody says otherwise. */
export const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

/** Of GitHub's claims STS makes condition keys of these alone: IAM User Guide, keys for OIDC federation. */
const GITHUB_CLAIMS = [
  'actor',
  'actor_id',
  'job_workflow_ref',
  'repository',
  'repository_id',
  'workflow',
  'ref',
  'enterprise_id',
] as const;
const ANYTHING: Claim = { text: parsePattern('*'), isSure: false };

/** Gives the claims of a token of a service account, or of any other issuer that STS knows nothing special of. */
export function plainClaims(issuer: string, subject: string, audience: string): TokenClaims {
  return {
    issuer,
    claims: new Map([
      ['sub', exactly(subject)],
      ['aud', exactly(audience)],
    ]),
  };
}

/** Gives the claims of a job's token; in `subject`, `*` stands for what is not known of it. */
export function githubClaims(subject: string, audience: string): TokenClaims {
  const claims = new Map<string, Claim>(GITHUB_CLAIMS.map((name) => [name, ANYTHING]));
  claims.set('aud', exactly(audience));
  claims.set('sub', { text: parsePattern(subject), isSure: true });
  const [, repository, kind, value] =
    /^repo:([^:]+)(?::(ref|environment|[^:]+)(?::(.+))?)?$/.exec(subject) ?? [];
  if (repository !== undefined) {
    claims.set('repository', { text: parsePattern(withoutIds(repository)), isSure: true });
    const [, id] = /@(\d+)$/.exec(repository) ?? [];
    if (id !== undefined) claims.set('repository_id', exactly(id));
  }
  if (kind === 'ref' && value !== undefined) claims.set('ref', { text: parsePattern(value), isSure: true });
  if (kind === 'environment' && value !== undefined)
    claims.set('environment', { text: parsePattern(value), isSure: true });
  // A job with an environment has a subject that names it, unless the repository shapes its subjects itself.
  else if (kind === undefined || hasWildcard(parsePattern(kind))) claims.set('environment', ANYTHING);
  return { issuer: GITHUB_ISSUER, claims };
}

/**
 * Takes the ids out of `OWNER@ID/NAME@ID`, as subjects of repositories have it that were made, renamed or moved after July
 * 15, 2026; no name holds an @. https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
 */
export function withoutIds(repository: string): string {
  return repository.replaceAll(/@[^/]*/g, '');
}

function exactly(text: string): Claim {
  return { text: literalPattern(text), isSure: true };
}
