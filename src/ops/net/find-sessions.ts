import { promises } from 'node:fs';
import { join } from 'node:path';
import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import { judgeOwner, placeName } from '../../state/owner.ts';
import { isOwnDir, userDirs } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/ask-control.ts';
import { ASK_MS, askPatiently } from './ask-patiently.ts';
import type { SessionDescription } from './session.ts';

/** What has become of a recorded session. */
export type Found =
  /** Its background process answered. */
  | { readonly kind: 'live'; readonly session: Session; readonly description: SessionDescription }
  /** Its process is there and does not answer. */
  | { readonly kind: 'silent'; readonly session: Session; readonly why: string }
  /** Its process is gone, or the machine was restarted since. */
  | { readonly kind: 'dead'; readonly session: Session }
  /** It belongs to another machine or container. */
  | { readonly kind: 'elsewhere'; readonly session: Session; readonly place: string };

/** What has become of a session that gave no answer. */
export type Unanswered = Exclude<Found, { kind: 'live' }>;

/** What a living session says of itself, and the socket that it said it on. */
export type LiveSession = SessionDescription & { readonly socket: string };

/** Finds out what has become of one recorded session; `describe` is answered without looking at any service. */
export async function findSession(sys: System, session: Session): Promise<Found> {
  try {
    const description = await askPatiently(sys, session, { op: 'describe' });
    // The socket of an ended session may by now be that of another one: the id tells. And whatever the record says of
    // its owner must be so, for it is the owner that is signalled in the end.
    const isIt =
      isDescription(description) &&
      description.id === session.id &&
      description.owner.pid === session.owner.pid &&
      (await judgeOwner(sys, session.owner)) === 'alive';
    if (isIt) return { kind: 'live', session, description };
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    return judgeUnanswered(sys, session, error.message);
  }
  return judgeUnanswered(sys, session);
}

/** Judges a session that gave no answer by what its record says of its process. */
export async function judgeUnanswered(
  sys: System,
  session: Session,
  why = 'its control socket is gone',
): Promise<Unanswered> {
  const fate = await judgeOwner(sys, session.owner);
  if (fate === 'elsewhere') return { kind: 'elsewhere', session, place: placeName(session.owner) };
  return fate === 'dead' ? { kind: 'dead', session } : { kind: 'silent', session, why };
}

/**
 * Finds every session of this user that answers on this machine, whatever project it belongs to, by the sockets in
 * the runtime folder; those in `known` (by id) are not asked again. Needs no record: this is what is left to ask when
 * `net.json` is damaged.
 */
export async function findLiveSessions(
  sys: Pick<System, 'env' | 'home' | 'uid' | 'platform'>,
  known: ReadonlySet<string> = new Set(),
): Promise<LiveSession[]> {
  const { runtime } = userDirs(sys);
  // Below a shared /tmp anybody could have made it, and would be asked.
  if (!(await isOwnDir(runtime, sys.uid))) return [];
  const names = await promises.readdir(runtime).catch(() => {
    // Gone between the look and the read: nothing runs.
    return [];
  });
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.sock') && !known.has(name.slice(0, -'.sock'.length)))
      .map(async (name) => {
        const socket = join(runtime, name);
        const description = await askControl(socket, { op: 'describe' }, ASK_MS).catch(() => undefined);
        return isDescription(description) ? [{ ...description, socket }] : [];
      }),
  );
  return found.flat();
}

/** Tells what a session says of itself from anything else that came over a socket. */
export function isDescription(value: unknown): value is SessionDescription {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'tunnel' &&
    'id' in value &&
    'owner' in value &&
    'plan' in value
  );
}
