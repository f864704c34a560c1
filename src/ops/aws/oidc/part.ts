import type { ErrorCode } from '../../../error-codes.ts';
import { asHotpassError, type HotpassError } from '../../../errors.ts';
import type { LinkId, LinkResult } from '../check/link.ts';

/** What was found of one issuer or one role: a link tells of all of them. */
export type Part = Omit<LinkResult, 'id'>;

/** Something that holds. */
export function okPart(saw: string, more: Pick<Part, 'evidence' | 'facts'> = {}): Part {
  return { state: 'ok', saw, ...more };
}

/** Something that was not looked at, and why. */
export function skippedPart(saw: string, more: Pick<Part, 'evidence' | 'facts'> = {}): Part {
  return { state: 'skipped', saw, ...more };
}

/** Something that is broken. */
export function failedPart(
  code: ErrorCode,
  saw: string,
  more: Pick<Part, 'evidence' | 'facts' | 'next'> = {},
): Part {
  return { state: 'failed', saw, code, ...more };
}

/** Judges what was thrown in place of an answer: what one may not ask is skipped. */
export function thrownPart(thrown: unknown, action: string): Part {
  const error = asHotpassError(thrown);
  if (error.code === 'access-denied') return skippedPart(`not permitted: ${action}`);
  return failedPart(error.code, error.message, hintOf(error));
}

function hintOf({ hint }: HotpassError): Pick<Part, 'evidence' | 'next'> {
  if (hint === undefined) return {};
  return /^(hotpass|aws|kubectl|curl) /.test(hint) ? { next: hint } : { evidence: [['try', hint]] };
}

/** Makes one link of its parts: as bad as the worst, which speaks for it; the others are told beside it. */
export function joinParts(id: LinkId, parts: readonly Part[]): LinkResult {
  const worst =
    parts.find(({ state }) => state === 'failed') ??
    parts.find(({ state }) => state === 'skipped') ??
    parts[0];
  if (worst === undefined) return { id, state: 'skipped', saw: 'there is nothing to look at' };
  const others = parts.filter((part) => part !== worst).map(({ state, saw }) => [state, saw] as const);
  const { evidence: own = [], ...rest } = worst;
  const evidence = [...own, ...others];
  const facts = parts.flatMap((part) => (part.facts === undefined ? [] : [part.facts]));
  return {
    ...rest,
    id,
    ...(evidence.length === 0 ? {} : { evidence }),
    ...(facts.length === 0 ? {} : { facts }),
  };
}
