import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { type Ended, endSession } from './down.ts';
import { findLiveSessions, findSession, readSessions } from './find-sessions.ts';
import { type Selection, selectSessions } from './select.ts';

/** What `net down` did. */
export interface EndResult {
  readonly ended: readonly Ended[];
}

/** What `net down` would do. */
export interface EndPlan {
  readonly wouldEnd: readonly { readonly label: string; readonly pid: number }[];
}

export interface EndOptions {
  /** How long open connections may take to finish, in milliseconds. */
  readonly drainMs: number;
  readonly dryRun: boolean;
}

/**
 * Ends the sessions that are meant, all at once. One that cannot be ended does not keep the others up; the first
 * failure is thrown when all are through.
 */
export async function endSessions(
  sys: System,
  project: string,
  selection: Selection,
  target: string,
  options: EndOptions,
): Promise<EndResult | EndPlan> {
  const sessions = await readOrRebuild(sys, project, selection);
  const meant = selectSessions(sessions, selection, target);
  if (options.dryRun) return { wouldEnd: meant.map(({ label, owner }) => ({ label, pid: owner.pid })) };
  const outcomes = await Promise.allSettled(
    meant.map(async (session) => endSession(sys, project, await findSession(sys, session), options.drainMs)),
  );
  const ended = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) return { ended };
  for (const { label } of ended) sys.out.note(`${label} is down`);
  throw failure.reason;
}

/** With `--all` a damaged `net.json` does not keep sessions alive: those that run are asked who they are. */
async function readOrRebuild(
  sys: System,
  project: string,
  selection: Selection,
): Promise<readonly Session[]> {
  try {
    return await readSessions(project);
  } catch (error) {
    if (!(error instanceof HotpassError) || error.code !== 'state-invalid' || !selection.all) throw error;
    sys.out.warn(`${error.message}; ending what runs all the same`);
    return rebuildSessions(sys, project);
  }
}

/** Puts records together from what the living sessions of a project say of themselves. */
async function rebuildSessions(sys: System, project: string): Promise<Session[]> {
  const live = (await findLiveSessions(sys)).filter((session) => session.project === project);
  const createdAt = sys.now().toISOString();
  return live.map(({ id, nonce, owner, plan, socket }) => {
    const { label, target, via, bind } = plan;
    const forwards = plan.forwards.map(({ name, localPort, host, port, probe }) => ({
      name,
      bind: [...bind],
      localPort,
      host,
      port,
      probe,
    }));
    const log = `logs/${label}.log`;
    return { id, nonce, label, target, via, createdAt, owner, socket, log, foreground: false, forwards };
  });
}
