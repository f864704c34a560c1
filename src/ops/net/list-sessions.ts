import { shellCommand } from '../../shell-words.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { findLiveSessions, type LiveSession } from './find-sessions.ts';
import { lookAt } from './look.ts';
import { readSessions, recordOf } from './project-sessions.ts';
import { unknownLabel, unknownTarget } from './select.ts';
import type { SessionStatus } from './status.ts';

/** What `net status` shows. */
export interface SessionList {
  readonly project: string;
  readonly sessions: readonly SessionStatus[];
  /** Sessions of the user's other projects; empty unless they were asked for. */
  readonly others: readonly SessionStatus[];
  readonly otherProjects: readonly { readonly project: string; readonly count: number }[];
  /** Labels and targets that were asked for and that no session has by now; only told to who watches. */
  readonly missing?: readonly string[];
}

/** Which sessions are asked for; those of the project when nothing is said. */
export interface ListSessions {
  readonly labels: readonly string[];
  readonly target: string | undefined;
  /** Those of other projects too. */
  readonly all: boolean;
  /** A label or target that no session has is told as missing, and is no error. */
  readonly mayMiss?: boolean;
}

/**
 * Asks every session of the project to look now, also one that lost its record. A session that does not answer is
 * judged by its record. Throws `label-unknown`, `state-invalid`.
 */
export async function listSessions(sys: System, project: string, asked: ListSessions): Promise<SessionList> {
  const recorded = await readSessions(project);
  const known = new Set(recorded.map(({ id }) => id));
  const isWanted = ({ label, target }: Session) =>
    (asked.labels.length === 0 || asked.labels.includes(label)) &&
    (asked.target === undefined || asked.target === target);
  const [looks, live] = await Promise.all([
    Promise.all(recorded.filter(isWanted).map((session) => lookAt(sys, project, session))),
    findLiveSessions(sys, known),
  ]);
  const unrecorded = live.filter((one) => one.project === project).map((one) => recordOf(sys, one));
  const there = [...recorded, ...unrecorded];
  const missing = findMissing(there, asked);
  if (!asked.mayMiss) refuseMissing(there, missing);
  const names = [...missing.labels, ...(missing.target === undefined ? [] : [missing.target])];
  const foreign = live.filter((one) => one.project !== project);
  const [found, others] = await Promise.all([
    Promise.all(unrecorded.filter(isWanted).map((session) => lookAtLiving(sys, project, session))),
    Promise.all(asked.all ? foreign.map((one) => lookFromHere(sys, one)) : []),
  ]);
  const unlisted = found.flat();
  // A session that takes the place of a dead one is there before its record is.
  const isReplaced = ({ kind, status }: (typeof looks)[number]) =>
    kind === 'dead' && unlisted.some(({ label }) => label === status.label);
  return {
    project,
    sessions: [...looks.filter((look) => !isReplaced(look)).map(({ status }) => status), ...unlisted],
    others: others.flat(),
    otherProjects: countProjects(foreign),
    ...(names.length === 0 ? {} : { missing: names }),
  };
}

function findMissing(sessions: readonly Session[], { labels, target }: ListSessions) {
  return {
    labels: labels.filter((label) => !sessions.some((session) => session.label === label)),
    target: sessions.some((session) => session.target === target) ? undefined : target,
  };
}

function refuseMissing(
  sessions: readonly Session[],
  { labels: [label], target }: ReturnType<typeof findMissing>,
): void {
  if (label !== undefined) throw unknownLabel(label, sessions);
  if (target !== undefined) throw unknownTarget(target, sessions);
}

function countProjects(foreign: readonly LiveSession[]): SessionList['otherProjects'] {
  const counts = new Map<string, number>();
  for (const { project } of foreign) counts.set(project, (counts.get(project) ?? 0) + 1);
  return [...counts].map(([project, count]) => ({ project, count }));
}

/** Looks at a session that has no record here: when it has ended meanwhile, nothing of it is left to be told. */
async function lookAtLiving(sys: System, project: string, session: Session): Promise<SessionStatus[]> {
  const { kind, status } = await lookAt(sys, project, session);
  return kind === 'dead' ? [] : [status];
}

/** Looks at a session of another project; what is to be typed next must work in this one. */
async function lookFromHere(sys: System, live: LiveSession): Promise<SessionStatus[]> {
  const found = await lookAtLiving(sys, live.project, recordOf(sys, live));
  return found.map((status) => {
    const [, command, remark] = /^(hotpass net .*?)( {2}\(.*)?$/.exec(status.next ?? '') ?? [];
    if (command === undefined) return status;
    return {
      ...status,
      next: `${command} ${shellCommand(['--state-dir', live.project])}${remark ?? ''}`,
    };
  });
}
