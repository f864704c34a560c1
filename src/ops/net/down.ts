import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HotpassError, messageOf } from '../../errors.ts';
import { NEVER } from '../../signals.ts';
import { netStore, removeSession, type Session } from '../../state/net.ts';
import { judgeOwner } from '../../state/owner.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/control.ts';
import { endStrays } from '../supervisor/strays.ts';
import type { Found } from './find-sessions.ts';
import { answers } from './ports.ts';
import { hostPort } from './status.ts';

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
const LOOK_MS = 20;

/**
 * Ends one session and proves that it is gone: its process, what that started, its ports, its record. Signals only
 * a process that still is the one that was recorded. Throws `session-elsewhere` and `stop-incomplete`.
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
      `${session.label} belongs to ${found.host} and is not stopped from here`,
      {
        hint: `end it there: hotpass net down ${session.label}`,
        state: 'nothing was changed',
      },
    );
  }
  let outcome: Ended['outcome'] = 'cleared';
  let cutConnections = 0;
  if (found.kind === 'live') {
    const answer = await askToStop(session, drainMs);
    outcome = answer === undefined ? 'killed' : 'stopped';
    cutConnections = answer ?? 0;
  } else if (found.kind === 'silent') outcome = 'killed';
  if (!(await isGone(sys, session, outcome === 'stopped' ? GONE_MS : 0))) {
    outcome = 'killed';
    await killOwner(sys, session);
  }
  const left = await endStrays(sys, session);
  if (left.length > 0) throw incomplete(session, `process ${left.join(', ')} does not end`);
  await clearFiles(session);
  await netStore
    .update(sys, project, (net) => removeSession(net, session.id))
    .catch((error: unknown) => {
      // What runs is ended all the same; only the note of it stays, and the operator is told which file is damaged.
      sys.out.warn(`the record of ${session.label} stays: ${messageOf(error)}`);
    });
  await provePortsFree(sys, session);
  return { label: session.label, pid: session.owner.pid, outcome, cutConnections };
}

/** Gives the number of connections cut; undefined when nobody answers. */
async function askToStop(session: Session, drainMs: number): Promise<number | undefined> {
  const answer = await askControl(session.socket, { op: 'stop', drainMs }, drainMs + 6_000).catch(() => {
    // Silent or gone: what follows is harder than asking.
    return undefined;
  });
  if (typeof answer !== 'object' || answer === null || !('cutConnections' in answer)) return undefined;
  return typeof answer.cutConnections === 'number' ? answer.cutConnections : 0;
}

async function killOwner(sys: System, session: Session): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    // Proved again before each signal: the number may be a stranger's by now.
    if ((await judgeOwner(sys, session.owner)) !== 'alive') return;
    sys.signalProcess(session.owner.pid, signal);
    if (await isGone(sys, session, GONE_MS)) return;
  }
  throw incomplete(session, `process ${session.owner.pid} does not end`);
}

async function isGone(sys: System, session: Session, patienceMs: number): Promise<boolean> {
  const deadline = sys.now().getTime() + patienceMs;
  while ((await judgeOwner(sys, session.owner)) === 'alive') {
    if (sys.now().getTime() >= deadline) return false;
    await sys.sleep(LOOK_MS, NEVER);
  }
  return true;
}

async function clearFiles(session: Session): Promise<void> {
  await rm(session.socket, { force: true });
  await rm(join(dirname(session.socket), session.id), { recursive: true, force: true });
}

async function provePortsFree(sys: System, session: Session): Promise<void> {
  for (const forward of session.forwards) {
    for (const address of forward.bind) {
      const deadline = sys.now().getTime() + GONE_MS;
      while (await answers(address, forward.localPort)) {
        if (sys.now().getTime() >= deadline) {
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
