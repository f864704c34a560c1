import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';

/** Which sessions a verb is about. */
export interface Selection {
  readonly labels: readonly string[];
  readonly all: boolean;
  readonly pid: number | undefined;
  readonly via: string | undefined;
}

/**
 * Picks the sessions that are meant: those named, those that match, or the target's own when nothing is said. The
 * target is only asked for then; where nobody can tell it, the only session there is will do.
 * Throws `label-unknown` for a name that nobody has, with those that exist; `usage` when it is unclear which are meant;
 * what `findTarget` throws.
 */
export async function selectSessions(
  sessions: readonly Session[],
  wanted: Selection,
  findTarget: () => Promise<string>,
): Promise<readonly Session[]> {
  const unknown = wanted.labels.find((label) => !sessions.some((session) => session.label === label));
  if (unknown !== undefined && sessions.length > 0) throw unknownLabel(unknown, sessions);
  // With nothing up at all the wish is already true, whatever name it carries.
  if (sessions.length === 0) return [];
  const matches = (session: Session) =>
    (wanted.labels.length === 0 || wanted.labels.includes(session.label)) &&
    (wanted.pid === undefined || session.owner.pid === wanted.pid) &&
    (wanted.via === undefined || session.via === wanted.via);
  const narrowed =
    wanted.all || wanted.labels.length > 0 || wanted.pid !== undefined || wanted.via !== undefined;
  if (narrowed) return sessions.filter(matches);
  const target = await findTarget().catch((error: unknown) => {
    // A config that cannot be read must not keep up what nobody can mistake for another session.
    if (error instanceof HotpassError && sessions.length === 1) return sessions[0]?.target;
    throw error;
  });
  const own = sessions.filter((session) => session.target === target);
  if (own.length > 0) return own;
  throw new HotpassError('usage', `target ${target} has no session, but others are up: ${names(sessions)}`, {
    hint: `hotpass net down ${sessions[0]?.label ?? 'LABEL'}  (all of them: --all)`,
  });
}

/** Makes the error for a label that no session has. */
export function unknownLabel(label: string, sessions: readonly Session[]): HotpassError {
  return unknown(`no session has the label "${label}"`, sessions);
}

/** Makes the error for a target that no session is for. */
export function unknownTarget(target: string, sessions: readonly Session[]): HotpassError {
  return unknown(`no session is for target "${target}"`, sessions);
}

function unknown(what: string, sessions: readonly Session[]): HotpassError {
  const others = sessions.length === 0 ? 'nothing is up' : `there are: ${names(sessions)}`;
  return new HotpassError('label-unknown', `${what}; ${others}`, {
    hint: 'hotpass net status',
    details: { labels: sessions.map((session) => session.label) },
  });
}

function names(sessions: readonly Session[]): string {
  return sessions.map(({ label }) => label).join(', ');
}
