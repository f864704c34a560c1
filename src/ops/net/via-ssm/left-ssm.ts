import { HotpassError } from '../../../errors.ts';
import { netStore, noteSsmSessions, type Session } from '../../../state/net.ts';
import { portStore } from '../../../state/ports.ts';
import { userDirs } from '../../../state/user-dirs.ts';
import type { System } from '../../../system.ts';
import { findSession } from '../find-sessions.ts';
import { readSessions } from '../project-sessions.ts';
import { isLeased, isOpenedThrough } from './opened-here.ts';
import { readSsm } from './read-ssm.ts';
import { credentialsOf, placeOf } from './ssm-place.ts';

/**
 * Ends the sessions of Systems Manager that a dead session left open, and takes them off its record. Gives why some are
 * left. Takes a few seconds at most.
 */
export async function endLeftSsm(
  sys: System,
  project: string,
  session: Session,
): Promise<HotpassError | undefined> {
  const { ssm, id, label } = session;
  if (ssm === undefined || ssm.sessions?.length === 0) return undefined;
  if (!(await wasOpenedHere(sys, project, session))) {
    sys.out.detail(`${label}: not opened here, so nothing of it is ended in any account`);
    return undefined;
  }
  const { endLeftSessions } = await import('../../ssm/left-sessions.ts');
  const outcome = await endLeftSessions(sys, {
    name: { label, id },
    place: credentialsOf(ssm),
    sessionIds: ssm.sessions ?? [],
  });
  const { ended, left, failure } = outcome;
  for (const sessionId of ended) sys.out.detail(`${label}: ended SSM session ${sessionId}`);
  // Its place may be taken by now, and then nothing is noted.
  if (failure === undefined) await netStore.update(sys, project, (net) => noteSsmSessions(net, id, left));
  if (failure === undefined) return undefined;
  const { code, message, hint } = failure;
  const what = left.length === 0 ? 'what it left in SSM' : `SSM session ${left.join(', ')}`;
  return new HotpassError(code, `${what} of ${label} could not be ended: ${message}`, {
    hint,
    cause: failure,
  });
}

/** As `endLeftSsm` for each session of a project whose background process is gone; what is left is said. */
export async function endAllLeftSsm(sys: System, project: string): Promise<void> {
  const recorded = await readSessions(project);
  const suspects = recorded.filter(({ ssm }) => ssm !== undefined && ssm.sessions?.length !== 0);
  await Promise.all(
    suspects.map(async (session) => {
      if ((await findSession(sys, session)).kind !== 'dead') return;
      // One that ended in good order after our look has dropped its record, and left nothing.
      if (!(await readSessions(project)).some(({ id }) => id === session.id)) return;
      const failure = await endLeftSsm(sys, project, session);
      if (failure !== undefined) sys.out.warn(failure.message);
    }),
  );
}

/** A record may come with somebody's repository: nothing is done in an account for one that the user never opened. */
async function wasOpenedHere(sys: System, project: string, session: Session): Promise<boolean> {
  const place = session.ssm && readPlace(session.ssm);
  if (place === undefined) return false;
  const own = { project, ledger: await portStore.read(userDirs(sys).privateState) };
  const isOurs = session.forwards.every((forward) => isLeased(session, forward, own));
  return isOurs && isOpenedThrough(session, place, own);
}

/** Gives undefined for what nobody here can have written. */
function readPlace(ssm: NonNullable<Session['ssm']>): string | undefined {
  try {
    return placeOf(readSsm(ssm));
  } catch (error) {
    if (error instanceof HotpassError) return undefined;
    throw error;
  }
}
