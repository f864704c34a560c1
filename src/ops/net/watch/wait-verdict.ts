import { HotpassError } from '../../../errors.ts';
import type { Look } from '../look.ts';
import type { Requirement } from '../plan.ts';
import { judgeStatus } from '../verdict.ts';

/** What can be waited for. */
export type Aim = 'ready' | 'down';

/**
 * What a look means to who waits: it is so; it may still come; or it cannot come any more. `doubtful` is an end that
 * somebody who opens the session at this moment would undo.
 */
export type WaitVerdict =
  | { readonly kind: 'reached' | 'wait' }
  | { readonly kind: 'over' | 'doubtful'; readonly why: HotpassError };

const REACHED = { kind: 'reached' } as const;
const WAIT = { kind: 'wait' } as const;

/** Judges one look; `seen` says whether the session was there at an earlier one. Pure. */
export function judgeWait(
  look: Look | undefined,
  aim: Aim,
  requirement: Requirement,
  label: string,
  seen: boolean,
): WaitVerdict {
  if (look?.kind === 'elsewhere') return { kind: 'over', why: elsewhere(look) };
  if (aim === 'down') return look === undefined || look.kind === 'dead' ? REACHED : WAIT;
  if (look === undefined) return seen ? { kind: 'doubtful', why: ended(label) } : WAIT;
  // It may only be slow, or stopped for a moment.
  if (look.kind === 'silent') return WAIT;
  const problem = judgeStatus(look.status, requirement);
  if (problem === undefined) return REACHED;
  if (look.kind === 'dead') return { kind: 'doubtful', why: problem };
  return look.status.state === 'failed' ? { kind: 'over', why: problem } : WAIT;
}

function ended(label: string): HotpassError {
  return new HotpassError('not-ready', `${label} ended before it was ready`, {
    hint: `hotpass net logs ${label}`,
  });
}

function elsewhere({ status }: Look): HotpassError {
  return new HotpassError(
    'session-elsewhere',
    `${status.label} ${status.reason}; what it does is not seen from here`,
    { hint: status.next },
  );
}
