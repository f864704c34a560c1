import { netStore, type Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { findLiveSessions, type LiveSession } from './find-sessions.ts';
import { logFile } from './logs.ts';
import { recordPlan } from './plan-record.ts';

/** Reads the records of a project, oldest first. Throws `state-invalid`. */
export async function readSessions(project: string): Promise<readonly Session[]> {
  return (await netStore.read(project)).sessions;
}

/** Finds the sessions of a project that run and have no record: `git clean` takes the records and not the processes. */
export async function findUnrecorded(
  sys: System,
  project: string,
  recorded: readonly Session[],
): Promise<LiveSession[]> {
  const live = await findLiveSessions(sys, new Set(recorded.map(({ id }) => id)));
  return live.filter((session) => session.project === project);
}

/** Puts a record together from what a living session says of itself. */
export function recordOf(sys: Pick<System, 'now'>, live: LiveSession): Session {
  const { id, nonce, owner, socket, plan, lent } = live;
  return {
    id,
    nonce,
    ...recordPlan(plan),
    createdAt: sys.now().toISOString(),
    owner,
    socket,
    log: logFile(plan.label),
    foreground: false,
    ...(lent === true ? { lent } : {}),
  };
}
