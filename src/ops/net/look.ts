import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import { isOfThisNamespace } from '../../state/owner.ts';
import type { System } from '../../system.ts';
import { askPatiently } from './ask-patiently.ts';
import { type Found, judgeUnanswered } from './find-sessions.ts';
import { findUnrecorded, readSessions, recordOf } from './project-sessions.ts';
import { unansweredStatus } from './resume/unanswered.ts';
import { isStatus, type SessionStatus } from './status.ts';

/** What a look at one session found, and what can be said of it. */
export interface Look {
  readonly kind: Found['kind'];
  readonly status: SessionStatus;
}

/** Nothing that is said may be older than this. */
const MAX_AGE_MS = 2_000;

/** Asks a session to look now; one that does not answer is judged by its record. */
export async function lookAt(sys: System, project: string, session: Session): Promise<Look> {
  const why = await askPatiently(sys, session, { op: 'look', maxAgeMs: MAX_AGE_MS }).then(
    (status) => (isStatus(status) && status.id === session.id ? status : undefined),
    (error: unknown) => {
      if (error instanceof HotpassError) return error.message;
      throw error;
    },
  );
  // One of a container may answer over a shared folder; what it says of ports and pids holds over there.
  if (typeof why === 'object' && (await isOfThisNamespace(sys, session.owner))) {
    return { kind: 'live', status: why };
  }
  const found = await judgeUnanswered(sys, session, typeof why === 'object' ? undefined : why);
  return { kind: found.kind, status: unansweredStatus(sys, found, project) };
}

/** Looks at the session of a label, also one that lost its record; undefined when there is none. */
export async function lookAtLabel(sys: System, project: string, label: string): Promise<Look | undefined> {
  const recorded = await readSessions(project);
  const session = recorded.find((one) => one.label === label);
  if (session !== undefined) return lookAt(sys, project, session);
  const live = await findUnrecorded(sys, project, recorded);
  const found = live.find(({ plan }) => plan.label === label);
  if (found === undefined) return undefined;
  const look = await lookAt(sys, project, recordOf(sys, found));
  // It has ended since: nothing of it is left to be told.
  return look.kind === 'dead' ? undefined : look;
}
