import type { AccountApi, FoundCredentials } from '../../../aws.ts';
import type { Answer } from './answer.ts';
import { judgeAnswer, ok } from './judge.ts';
import type { LinkResult } from './link.ts';
import { untilText } from './span.ts';

const PROVIDERS: Readonly<Record<FoundCredentials['provider'], string>> = {
  environment: 'keys of the environment',
  profile: 'profile',
  sso: 'SSO profile',
  login: 'profile of a console login',
  process: 'credential_process of profile',
  'assumed-role': 'role taken on by profile',
  'web-identity': 'web identity',
  container: 'agent of the container',
  instance: 'metadata of the instance',
};

/** Judges whether there are credentials: where they come from, and for how long they are good. Pure. */
export function judgeCredentials(
  answer: Answer<FoundCredentials>,
  { ignored, profile: chosen }: Pick<AccountApi, 'ignored' | 'profile'>,
  now: Date,
): LinkResult {
  const notes = ignored.filter((text) => !isOfRegion(text)).map((text) => ['note', text] as const);
  return judgeAnswer('credentials', answer, [], (found) => {
    const { provider, profile, expiresAt, loginExpiresAt } = found;
    // Keys of a login are made anew for as long as it is good.
    const end = loginExpiresAt ?? expiresAt;
    const from = profile !== undefined && chosen !== undefined ? ` (${chosen.origin})` : '';
    const name = profile === undefined ? '' : ` ${profile}`;
    const until = end === undefined ? 'no end known' : untilText(end, now);
    return ok('credentials', `${PROVIDERS[provider]}${name}${from}, ${until}`, {
      ...(notes.length === 0 ? {} : { evidence: notes }),
      facts: {
        provider,
        profile: profile ?? null,
        expiresAt: expiresAt?.toISOString() ?? null,
        loginExpiresAt: loginExpiresAt?.toISOString() ?? null,
        ignored,
      },
    });
  });
}

/** Tells whether a setting that is not used is about the region: it is told there. */
export function isOfRegion(ignored: string): boolean {
  return /REGION/i.test(ignored);
}
