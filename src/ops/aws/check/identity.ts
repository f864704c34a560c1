import type { CallerIdentity } from '../../../aws.ts';
import type { Answer } from './answer.ts';
import { judgeAnswer, ok } from './judge.ts';
import type { LinkResult } from './link.ts';
import { lengthText } from './span.ts';

/** From here on it is worth a word; the services refuse what is signed 5 minutes off. */
const CLOCK_WORTH_A_WORD_MS = 60_000;

/** Judges who AWS says that one is. Pure. */
export function judgeIdentityLink(
  answer: Answer<CallerIdentity>,
  credentials: LinkResult,
  clockOffsetMs: number | undefined,
): LinkResult {
  const clock = clockWords(clockOffsetMs);
  const evidence = clock === undefined ? {} : { evidence: [['clock', clock] as const] };
  return judgeAnswer('identity', answer, [credentials], (identity) =>
    ok('identity', identity.arn, {
      ...evidence,
      facts: { ...identity, clockOffsetMs: clockOffsetMs ?? null },
    }),
  );
}

/** Says how far the clock of this machine is off; undefined where it is right, or nobody knows. */
export function clockWords(clockOffsetMs: number | undefined): string | undefined {
  if (clockOffsetMs === undefined || Math.abs(clockOffsetMs) < CLOCK_WORTH_A_WORD_MS) return undefined;
  return `this machine is ${lengthText(clockOffsetMs)} ${clockOffsetMs > 0 ? 'behind' : 'ahead of'} AWS`;
}
