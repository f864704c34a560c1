import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/control.ts';
import {
  ASK_MS,
  findLiveSessions,
  judgeUnanswered,
  readSessions,
  unansweredStatus,
} from './find-sessions.ts';
import { isStatus } from './open.ts';
import { unknownLabel } from './select.ts';
import type { SessionStatus } from './status.ts';

/** What `net status` shows. */
export interface SessionList {
  readonly project: string;
  readonly sessions: readonly SessionStatus[];
  /** Sessions of the user's other projects; empty unless they were asked for. */
  readonly others: readonly SessionStatus[];
  readonly otherProjects: readonly { readonly project: string; readonly count: number }[];
}

/** Nothing that is said may be older than this. */
const MAX_AGE_MS = 2_000;

/**
 * Asks every session of the project to look now. A session that does not answer is judged by its record.
 * Throws `label-unknown`, `state-invalid`.
 */
export async function listSessions(
  sys: System,
  project: string,
  labels: readonly string[],
  all: boolean,
): Promise<SessionList> {
  const recorded = await readSessions(project);
  const unknown = labels.find((label) => !recorded.some((session) => session.label === label));
  if (unknown !== undefined) throw unknownLabel(unknown, recorded);
  const wanted = labels.length === 0 ? recorded : recorded.filter(({ label }) => labels.includes(label));
  const known = new Set(recorded.map(({ id }) => id));
  const [sessions, foreign] = await Promise.all([
    Promise.all(wanted.map((session) => lookAt(sys, project, session))),
    findLiveSessions(sys, known),
  ]);
  const elsewhere = foreign.filter((session) => session.project !== project);
  const counts = new Map<string, number>();
  for (const session of elsewhere) counts.set(session.project, (counts.get(session.project) ?? 0) + 1);
  return {
    project,
    sessions,
    others: all ? await lookAtAll(elsewhere.map(({ socket }) => socket)) : [],
    otherProjects: [...counts].map(([name, count]) => ({ project: name, count })),
  };
}

async function lookAt(sys: System, project: string, session: Session): Promise<SessionStatus> {
  try {
    const status = await askControl(session.socket, { op: 'look', maxAgeMs: MAX_AGE_MS }, ASK_MS);
    if (isStatus(status) && status.id === session.id) return status;
    const found = await judgeUnanswered(sys, session);
    return found.kind === 'live' ? lookAt(sys, project, session) : unansweredStatus(sys, found, project);
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    return unansweredStatus(sys, { kind: 'silent', session, why: error.message }, project);
  }
}

async function lookAtAll(sockets: readonly string[]): Promise<SessionStatus[]> {
  const looks = await Promise.all(
    sockets.map((socket) =>
      askControl(socket, { op: 'look', maxAgeMs: MAX_AGE_MS }, ASK_MS).catch(() => undefined),
    ),
  );
  return looks.filter(isStatus);
}
