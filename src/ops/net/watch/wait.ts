import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { type Look, lookAtLabel } from '../look.ts';
import type { Requirement } from '../plan.ts';
import { readSessions } from '../project-sessions.ts';
import type { SessionStatus } from '../status.ts';
import { type Aim, judgeWait } from './wait-verdict.ts';

export interface WaitFor {
  readonly label: string;
  readonly aim: Aim;
  readonly require: Requirement;
  readonly timeoutMs: number;
  /** How much of `timeoutMs` is over already. Default 0. */
  readonly spentMs?: number;
}

/** How a wait came out: the status of the session, or that there is none. */
export type Waited = SessionStatus | { readonly label: string; readonly state: 'stopped' };

const LOOK_MS = 250;
/** How long an end must last: an opening session that loses a race for its port is gone for a moment. */
const GRACE_MS = 1_500;

/**
 * Waits until a session is ready, or down; also for one that is not there yet. Throws `not-ready` with the reason at
 * the time limit, the session's own code as soon as it has failed, `session-elsewhere` and `interrupted`.
 */
export async function waitForSession(sys: System, project: string, wait: WaitFor): Promise<Waited> {
  const { label, aim } = wait;
  const began = sys.monotonic() - (wait.spentMs ?? 0);
  let doubtfulSince: number | undefined;
  let seen = false;
  let saidLogin = false;
  for (;;) {
    const look = await lookAtLabel(sys, project, label);
    const verdict = judgeWait(look, aim, wait.require, label, seen);
    if (verdict.kind === 'reached')
      return aim === 'ready' && look !== undefined ? look.status : stopped(label);
    const now = sys.monotonic();
    if (verdict.kind === 'over') throw verdict.why;
    doubtfulSince = verdict.kind === 'doubtful' ? (doubtfulSince ?? now) : undefined;
    if (verdict.kind === 'doubtful' && now - (doubtfulSince ?? now) >= GRACE_MS) throw verdict.why;
    if (sys.signal.aborted) throw interrupted(wait);
    if (now - began >= wait.timeoutMs) throw await notInTime(project, wait, look);
    if (look?.status.state === 'needs-login' && !saidLogin) {
      saidLogin = true;
      sys.out.warn(`${label} needs a login: ${look.status.reason}; ${look.status.next}; waiting goes on`);
    }
    seen ||= look !== undefined;
    sys.out.progress(`waiting for ${label}: ${wordOf(look)}`);
    await sys.sleep(Math.min(LOOK_MS, wait.timeoutMs - (now - began)));
  }
}

function stopped(label: string): Waited {
  return { label, state: 'stopped' };
}

function wordOf(look: Look | undefined): string {
  if (look === undefined) return 'there is no session yet';
  const { state, reason } = look.status;
  return reason === undefined ? state : `${state}: ${reason}`;
}

function interrupted({ label, aim }: WaitFor): HotpassError {
  return new HotpassError('interrupted', `interrupted before ${label} was ${aim}`, {
    state: 'nothing was changed',
  });
}

async function notInTime(
  project: string,
  { label, aim, timeoutMs }: WaitFor,
  look: Look | undefined,
): Promise<HotpassError> {
  const after = `after ${timeoutMs / 1000} s`;
  if (look !== undefined) {
    const hint = aim === 'down' ? `hotpass net down ${label}` : look.status.next;
    return new HotpassError('not-ready', `${label} is not ${aim} ${after}: ${wordOf(look)}`, {
      hint: hint ?? `hotpass net status ${label}`,
      details: { status: look.status },
    });
  }
  const labels = (await readSessions(project)).map((session) => session.label);
  const others = labels.length === 0 ? 'nothing is up' : `there are: ${labels.join(', ')}`;
  return new HotpassError('not-ready', `no session has the label "${label}" ${after}; ${others}`, {
    hint: labels.length === 0 ? `hotpass net up ${label}` : 'hotpass net status',
    details: { labels },
  });
}
