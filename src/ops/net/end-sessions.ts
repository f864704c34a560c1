import { HotpassError, messageOf } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { type Ended, endSession } from './down.ts';
import { findSession } from './find-sessions.ts';
import { findUnrecorded, readSessions, recordOf } from './project-sessions.ts';
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
  findTarget: () => Promise<string>,
  options: EndOptions,
): Promise<EndResult | EndPlan> {
  const sessions = await readOrRebuild(sys, project, selection);
  const meant = await selectSessions(sessions, selection, findTarget);
  if (options.dryRun) return { wouldEnd: meant.map(({ label, owner }) => ({ label, pid: owner.pid })) };
  const outcomes = await Promise.allSettled(
    meant.map(async (session) => endSession(sys, project, await findSession(sys, session), options.drainMs)),
  );
  const ended = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === 'rejected' ? [{ label: meant[index]?.label ?? '', error: outcome.reason }] : [],
  );
  if (failed.length === 0) return { ended };
  for (const { label } of ended) sys.out.note(`${label} is down`);
  for (const { error } of failed.slice(1)) sys.out.warn(messageOf(error));
  throw withOutcomes(failed, ended);
}

interface Failed {
  readonly label: string;
  readonly error: unknown;
}

/** Gives the first failure, with what became of every session: a script sees nothing but the error. */
function withOutcomes(failed: readonly Failed[], ended: readonly Ended[]): unknown {
  // What is no HotpassError is a defect, and is told as it is.
  const first = failed.find(({ error }) => !(error instanceof HotpassError))?.error ?? failed[0]?.error;
  if (!(first instanceof HotpassError)) return first;
  const told = failed.map(({ label, error }) => ({
    label,
    ...(error instanceof HotpassError ? { code: error.code } : {}),
    message: messageOf(error),
  }));
  const { code, message, hint, doing, state } = first;
  return new HotpassError(code, message, {
    hint,
    doing,
    state,
    details: { ended, failed: told },
    cause: first,
  });
}

/** With `--all` a damaged `net.json` does not keep sessions alive: those that run without a record are found too. */
async function readOrRebuild(
  sys: System,
  project: string,
  selection: Selection,
): Promise<readonly Session[]> {
  try {
    const recorded = await readSessions(project);
    return [...recorded, ...(await rebuildSessions(sys, project, recorded))];
  } catch (error) {
    if (!(error instanceof HotpassError) || error.code !== 'state-invalid' || !selection.all) throw error;
    sys.out.warn(`${error.message}; ending what runs all the same`);
    return rebuildSessions(sys, project, []);
  }
}

async function rebuildSessions(
  sys: System,
  project: string,
  recorded: readonly Session[],
): Promise<readonly Session[]> {
  return (await findUnrecorded(sys, project, recorded)).map((live) => recordOf(sys, live));
}
