import type { errorCodes } from '../../../error-codes.ts';
import type { HotpassError } from '../../../errors.ts';
import type { Answer } from './answer.ts';
import type { LinkId, LinkResult } from './link.ts';

/** What else stands on a line: evidence, facts. */
type More = Pick<LinkResult, 'evidence' | 'facts'>;

/** A link that holds. */
export function ok(id: LinkId, saw: string, more: More = {}): LinkResult {
  return { id, state: 'ok', saw, ...more };
}

/** A link that was not looked at, and why. */
export function skipped(id: LinkId, saw: string, more: More = {}): LinkResult {
  return { id, state: 'skipped', saw, ...more };
}

/** A link that is broken. A hint that is no command stands among the evidence. */
export function failed(id: LinkId, error: HotpassError, more: More = {}): LinkResult {
  const { code, hint, message } = error;
  const isCommand = hint !== undefined && /^(hotpass|aws|kubectl) /.test(hint);
  const { evidence = [], facts = error.details } = more;
  const told = hint === undefined || isCommand ? evidence : [...evidence, ['try', hint] as const];
  return {
    id,
    state: 'failed',
    saw: message,
    code,
    ...(told.length === 0 ? {} : { evidence: told }),
    ...(isCommand ? { next: hint } : {}),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** Codes that say something of the credentials, whoever was asked. */
const OF_CREDENTIALS: readonly string[] = [
  'credentials-missing',
  'credentials-expired',
  'sso-expired',
  'clock-off',
  'role-refused',
  'credential-process-failed',
] satisfies readonly (keyof typeof errorCodes)[];

/**
 * Judges a link by its answer. Without one the first link before it that does not hold is named: a cause is told once.
 */
export function judgeAnswer<T>(
  id: LinkId,
  answer: Answer<T>,
  before: readonly LinkResult[],
  judge: (value: T) => LinkResult,
): LinkResult {
  if (answer.kind === 'got') return judge(answer.value);
  if (answer.kind === 'unasked') return skipped(id, needsText(before));
  const { code, message } = answer.error;
  const cause = before.find(
    (link) => link.code === code && (OF_CREDENTIALS.includes(code) || link.saw === message),
  );
  return cause === undefined ? failed(id, answer.error) : skipped(id, `needs: ${cause.id}`);
}

/** Names the link that broke first: what needs another that was skipped for it needs that one. */
function needsText(before: readonly LinkResult[]): string {
  const broken = before.find(({ state }) => state !== 'ok');
  return broken?.state === 'skipped' && broken.saw.startsWith('needs: ')
    ? broken.saw
    : `needs: ${broken?.id ?? before[0]?.id}`;
}

/** As `judgeAnswer`, of a link that one can do without: what the caller may not ask is skipped. */
export function judgeOptional<T>(
  id: LinkId,
  answer: Answer<T>,
  before: readonly LinkResult[],
  judge: (value: T) => LinkResult,
): LinkResult {
  if (answer.kind === 'failed' && answer.error.code === 'access-denied')
    return notPermitted(id, answer.error);
  return judgeAnswer(id, answer, before, judge);
}

/** A link that these credentials may not look at. */
function notPermitted(id: LinkId, { details, message }: HotpassError): LinkResult {
  const action =
    typeof details === 'object' && details !== null && 'action' in details ? String(details.action) : message;
  return skipped(id, `not permitted: ${action}`);
}
