import { HotpassError, isErrno, messageOf } from '../../errors.ts';
import { NEVER } from '../../signals.ts';
import { dropSession, type Session } from '../../state/net.ts';
import { judgeOwner } from '../../state/owner.ts';
import type { System } from '../../system.ts';
import type { Found } from './find-sessions.ts';
import { clearLeftovers } from './leftovers.ts';
import { askSession, type FolderSystem } from './own-socket.ts';
import { playsSession } from './plays-session.ts';
import { answers } from './ports/ports.ts';
import { readSessions } from './project-sessions.ts';
import { hostPort } from './status.ts';
import { endLeftSsm } from './via-ssm/left-ssm.ts';

/** What became of one session. */
export interface Ended {
  readonly label: string;
  readonly pid: number;
  /** `stopped` by asking, `killed` because it did not answer, `cleared` what a dead one left. */
  readonly outcome: 'stopped' | 'killed' | 'cleared';
  /** Connections that were still open. */
  readonly cutConnections: number;
}

/** Time for the background process to end after it said that it would, and for each signal to work. */
const GONE_MS = 3_000;
/** Time for it to say so, beyond the draining: it waits for its ssh, which gets 2 s before it is killed. */
const ANSWER_MS = 6_000;
const LOOK_MS = 20;

/**
 * Ends one session and proves that it is gone: its process, what that started, its ports, its record. Signals only
 * a process that still is the one that was recorded, and plays the session. Throws `session-elsewhere`,
 * `stop-incomplete` and `interrupted`.
 */
export async function endSession(
  sys: System,
  project: string,
  found: Found,
  drainMs: number,
): Promise<Ended> {
  const { session } = found;
  if (found.kind === 'elsewhere') {
    throw new HotpassError(
      'session-elsewhere',
      `${session.label} belongs to ${found.place} and is not stopped from here`,
      {
        hint: `end it there: hotpass net down ${session.label}`,
        state: 'nothing was changed',
      },
    );
  }
  if (sys.signal.aborted) {
    throw new HotpassError('interrupted', `interrupted before ${session.label} was asked to end`, {
      hint: `hotpass net down ${session.label}`,
      state: 'nothing was changed',
    });
  }
  // One that is only slow has clients all the same: what lets them finish is asking, not TERM.
  const isAsked = found.kind === 'live' || (found.kind === 'silent' && drainMs > 0);
  const answer = isAsked ? await askToStop(sys, session, drainMs) : 'silent';
  const isStopped = found.kind === 'live' || typeof answer === 'number';
  let outcome: Ended['outcome'] = isStopped ? 'stopped' : 'cleared';
  if (!(await isGone(sys, session, answer === 'silent' ? 0 : GONE_MS))) {
    if (await playsSession(sys, session)) {
      outcome = 'killed';
      await killOwner(sys, session);
    } else {
      const { label, owner } = session;
      sys.out.warn(`process ${owner.pid} does not bear the mark of ${label} and was not signalled`);
    }
  }
  const left = await clearLeftovers(sys, session);
  if (left.length > 0) throw incomplete(session, `process ${left.join(', ')} does not end`);
  const failure = await endLeftOf(sys, project, session, outcome);
  if (failure !== undefined) {
    throw new HotpassError('stop-incomplete', failure.message, {
      hint: failure.hint,
      state: `nothing of ${session.label} runs here any more; its record stays, and the next hotpass net down or up tries again`,
      cause: failure,
    });
  }
  await dropSession(sys, project, session.id).catch((error: unknown) => {
    // What runs is ended all the same; only the note of it stays, and the operator is told which file is damaged.
    sys.out.warn(`the record of ${session.label} stays: ${messageOf(error)}`);
  });
  await provePortsFree(sys, session);
  const cutConnections = typeof answer === 'number' ? answer : 0;
  return { label: session.label, pid: session.owner.pid, outcome, cutConnections };
}

/** One that ended in good order has ended its sessions over there too; where it could not, its record is still there. */
async function endLeftOf(
  sys: System,
  project: string,
  session: Session,
  outcome: Ended['outcome'],
): Promise<HotpassError | undefined> {
  if (session.ssm === undefined) return undefined;
  const recorded = (await readSessions(project).catch(() => [])).find(({ id }) => id === session.id);
  if (recorded === undefined && outcome === 'stopped') return undefined;
  return endLeftSsm(sys, project, recorded ?? session);
}

/** Gives the number of connections cut; `gone` when somebody else has ended it meanwhile. */
async function askToStop(
  sys: Pick<System, 'signal'> & FolderSystem,
  session: Session,
  drainMs: number,
): Promise<number | 'gone' | 'silent'> {
  const { label } = session;
  try {
    const answer = await askSession(sys, session, { op: 'stop', drainMs }, drainMs + ANSWER_MS, sys.signal);
    if (answer === undefined) return 'gone';
    const cut: unknown =
      typeof answer === 'object' && answer !== null && Reflect.get(answer, 'cutConnections');
    return typeof cut === 'number' ? cut : 0;
  } catch {
    if (!sys.signal.aborted) return 'silent'; // What follows is harder than asking.
    throw new HotpassError('interrupted', `interrupted while ${label} was ending`, {
      hint: `end it now: hotpass net down ${label}`,
      state: `${label} takes no new clients and ends when its open connections do, or after ${drainMs / 1000} s`,
    });
  }
}

async function killOwner(sys: System, session: Session): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    // Proved again before each signal: the number may be a stranger's by now.
    if ((await judgeOwner(sys, session.owner)) !== 'alive') return;
    signalOwner(sys, session, signal);
    // A stopped process takes SIGTERM only when it goes on.
    if (signal === 'SIGTERM') signalOwner(sys, session, 'SIGCONT');
    if (await isGone(sys, session, GONE_MS)) return;
  }
  throw incomplete(session, `process ${session.owner.pid} does not end`);
}

function signalOwner(sys: System, session: Session, signal: NodeJS.Signals): void {
  try {
    sys.signalProcess(session.owner.pid, signal);
  } catch (error) {
    if (!isErrno(error, 'EPERM')) throw error;
    throw incomplete(session, `process ${session.owner.pid} belongs to another user`);
  }
}

async function isGone(sys: System, session: Session, patienceMs: number): Promise<boolean> {
  const deadline = sys.monotonic() + patienceMs;
  while ((await judgeOwner(sys, session.owner)) === 'alive') {
    if (sys.monotonic() >= deadline) return false;
    await sys.sleep(LOOK_MS, NEVER);
  }
  return true;
}

async function provePortsFree(sys: System, session: Session): Promise<void> {
  for (const forward of session.forwards) {
    for (const address of forward.bind) {
      const deadline = sys.monotonic() + GONE_MS;
      while (await answers(address, forward.localPort)) {
        if (sys.monotonic() >= deadline) {
          // Everything of ours is gone by now: it can only be somebody else's.
          sys.out.warn(`${hostPort(address, forward.localPort)} is taken by another program now`);
          break;
        }
        await sys.sleep(LOOK_MS, NEVER);
      }
    }
  }
}

function incomplete(session: Session, what: string): HotpassError {
  return new HotpassError('stop-incomplete', `${session.label} is not gone: ${what}`, {
    hint: `try again: hotpass net down ${session.label}`,
  });
}
