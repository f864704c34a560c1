import { HotpassError } from '../../../errors.ts';
import { createAbort } from '../../../signals.ts';
import type { Session } from '../../../state/net.ts';
import { judgeOwner } from '../../../state/owner.ts';
import type { System } from '../../../system.ts';
import { type Visit, visitControl } from '../../supervisor/ask-control.ts';
import { ASK_MS } from '../ask-patiently.ts';
import { isDescription } from '../find-sessions.ts';
import { isOwnSocket } from '../own-socket.ts';
import type { TunnelPlan } from '../plan.ts';
import { isStatus, type SessionStatus } from '../status.ts';

/** A session that this process uses; the session knows when it does no more, however the process ends. */
export interface Lease {
  readonly session: Session;
  readonly plan: TunnelPlan;
  readonly lent: boolean;
  /** How it was when the lease was taken. */
  readonly status: SessionStatus;
  /** Resolves when the session has ended although it is leased. */
  readonly ended: Promise<void>;
  /** Gives the lease back; when the session ends with it, resolves after it is gone. Throws `stop-incomplete`. */
  giveBack(): Promise<void>;
}

/** How long a session may take to be gone: its ssh gets 2 s before it is killed, and so does what that has left. */
const GONE_MS = 10_000;
const LOOK_MS = 10;

/**
 * Takes a lease of a session. Gives undefined when nobody holds its socket, or when it is ending. Throws
 * `supervisor-silent` when somebody holds it and does not answer, and `interrupted`.
 */
export async function takeLease(sys: System, session: Session): Promise<Lease | undefined> {
  if (!(await isOwnSocket(sys, session))) return undefined;
  const visit = await visitControl(session.socket, { op: 'lease' });
  if (visit === undefined) return undefined;
  try {
    const lease = await readLease(sys, session, visit);
    if (lease === undefined) visit.end();
    return lease;
  } catch (error) {
    visit.end();
    throw error;
  }
}

async function readLease(sys: System, session: Session, visit: Visit): Promise<Lease | undefined> {
  const heard = createAbort();
  const late = sys.sleep(ASK_MS, heard.signal).then(() => 'late' as const);
  const next = async () => {
    const line = await Promise.race([visit.hear(), late]);
    if (line === 'late') throw silent(sys, session);
    return memberOf(line, 'told');
  };
  try {
    return await hearLease(sys, session, visit, next);
  } finally {
    heard.abort();
  }
}

async function hearLease(
  sys: System,
  session: Session,
  visit: Visit,
  next: () => Promise<unknown>,
): Promise<Lease | undefined> {
  const first = await next();
  const description = memberOf(first, 'description');
  // The socket of an ended session may by now be that of another one.
  if (memberOf(first, 'held') !== true || !isDescription(description) || description.id !== session.id)
    return undefined;
  const status = memberOf(await next(), 'status');
  if (!isStatus(status)) return undefined;
  // What nobody understands is no answer, and neither is the end of the connection.
  const answer = visit.hear().catch(() => undefined);
  const lent = description.lent === true;
  return {
    session,
    plan: description.plan,
    lent,
    status,
    ended: answer.then(() => {}),
    async giveBack() {
      visit.leave();
      if (lent && !(await isGivenBack(sys, session, answer))) throw notGone(session);
      visit.end();
    },
  };
}

/** Waits for the answer to a lease that was given back, and where it is the end of the session, until that is gone. */
async function isGivenBack(sys: System, session: Session, answer: Promise<unknown>): Promise<boolean> {
  const answered = createAbort();
  const late = sys.sleep(GONE_MS, AbortSignal.any([answered.signal, sys.signal])).then(() => 'late');
  const outcome = await Promise.race([answer, late]);
  answered.abort();
  if (outcome === 'late') return sys.signal.aborted;
  if (memberOf(memberOf(outcome, 'value'), 'ended') === false) return true;
  const began = sys.monotonic();
  while ((await judgeOwner(sys, session.owner)) === 'alive') {
    if (sys.signal.aborted) return true;
    if (sys.monotonic() - began > GONE_MS) return false;
    await sys.sleep(LOOK_MS);
  }
  return true;
}

function silent({ signal }: System, { label }: Session): HotpassError {
  if (signal.aborted) return new HotpassError('interrupted', 'interrupted before the command was run');
  return new HotpassError(
    'supervisor-silent',
    `session "${label}" does not answer: nothing within ${ASK_MS / 1000} s`,
    { hint: `hotpass net down ${label}` },
  );
}

function notGone({ label }: Session): HotpassError {
  return new HotpassError('stop-incomplete', `${label} was opened for this command and is not gone yet`, {
    hint: `hotpass net down ${label}`,
  });
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
