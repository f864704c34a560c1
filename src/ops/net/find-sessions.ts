import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HotpassError } from '../../errors.ts';
import { netStore, type Session } from '../../state/net.ts';
import { hostName, judgeOwner } from '../../state/owner.ts';
import { isOwnDir, userDirs } from '../../state/user-dirs.ts';
import type { System } from '../../system.ts';
import { askControl } from '../supervisor/control.ts';
import type { SessionDescription } from './session.ts';
import { hostPort, type SessionStatus } from './status.ts';

/** What has become of a recorded session. */
export type Found =
  /** Its background process answered. */
  | { readonly kind: 'live'; readonly session: Session; readonly description: SessionDescription }
  /** Its process is there and does not answer. */
  | { readonly kind: 'silent'; readonly session: Session; readonly why: string }
  /** Its process is gone; `rebooted` tells that the machine was restarted since. */
  | { readonly kind: 'dead'; readonly session: Session }
  /** It belongs to another machine or container. */
  | { readonly kind: 'elsewhere'; readonly session: Session; readonly host: string };

/** Long enough for a busy machine, short enough for a person. */
export const ASK_MS = 2_500;

/** Finds out what has become of one recorded session; `describe` is answered without looking at any service. */
export async function findSession(sys: System, session: Session): Promise<Found> {
  try {
    const description = await askControl(session.socket, { op: 'describe' }, ASK_MS);
    // The socket of an ended session may by now be that of another one: the id tells.
    if (isDescription(description) && description.id === session.id) {
      return { kind: 'live', session, description };
    }
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    const fate = await judgeOwner(sys, session.owner);
    if (fate === 'alive') return { kind: 'silent', session, why: error.message };
  }
  return judgeUnanswered(sys, session);
}

/** Judges a session whose socket nobody holds. */
export async function judgeUnanswered(sys: System, session: Session): Promise<Found> {
  const fate = await judgeOwner(sys, session.owner);
  if (fate === 'elsewhere') return { kind: 'elsewhere', session, host: hostName(session.owner) };
  if (fate === 'dead') return { kind: 'dead', session };
  return { kind: 'silent', session, why: 'its control socket is gone' };
}

/**
 * Finds every session of this user that answers on this machine, whatever project it belongs to, by the sockets in
 * the runtime folder; those in `known` (by id) are not asked again. Needs no record: this is what is left to ask when
 * `net.json` is damaged.
 */
export async function findLiveSessions(
  sys: Pick<System, 'env' | 'home' | 'uid' | 'platform'>,
  known: ReadonlySet<string> = new Set(),
): Promise<(SessionDescription & { socket: string })[]> {
  const { runtime } = userDirs(sys);
  // Below a shared /tmp anybody could have made it, and would be asked.
  if (!(await isOwnDir(runtime, sys.uid))) return [];
  const names = await readdir(runtime).catch(() => {
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

/** Reads the records of a project, oldest first. Throws `state-invalid`. */
export async function readSessions(project: string): Promise<readonly Session[]> {
  return (await netStore.read(project)).sessions;
}

/** Puts together what can be said of a session that does not answer. */
export function unansweredStatus(
  sys: Pick<System, 'now'>,
  found: Exclude<Found, { kind: 'live' }>,
  project: string,
): SessionStatus {
  const { session } = found;
  const said = sayUnanswered(found);
  return {
    id: session.id,
    pid: session.owner.pid,
    project,
    log: join(project, session.log),
    label: session.label,
    target: session.target,
    via: session.via,
    since: session.createdAt,
    through: session.gateway === undefined ? 'directly' : `ssh to ${session.gateway.host}`,
    breaks: [],
    ...said,
    forwards: session.forwards.map((forward) => {
      const unknown = { state: 'unknown' as const, how: said.reason };
      const checkedAt = sys.now().toISOString();
      const port =
        found.kind === 'dead'
          ? { state: 'failed' as const, how: 'nobody listens for this session', checkedAt }
          : unknown;
      return {
        name: forward.name,
        local: forward.bind.map((address) => hostPort(address, forward.localPort)),
        remote: hostPort(forward.host, forward.port),
        url: `http://${hostPort(forward.bind[0] ?? '127.0.0.1', forward.localPort)}`,
        layers: { port, transport: unknown, service: unknown },
        warnings: [],
      };
    }),
  };
}

function sayUnanswered(
  found: Exclude<Found, { kind: 'live' }>,
): Pick<SessionStatus, 'state' | 'next'> & { reason: string } {
  const { label, owner } = found.session;
  if (found.kind === 'elsewhere') {
    return {
      state: 'elsewhere',
      reason: `belongs to ${found.host}, pid ${owner.pid} there`,
      next: 'ask there: hotpass net status',
    };
  }
  if (found.kind === 'dead') {
    return {
      state: 'failed',
      reason: `background process ${owner.pid} is gone`,
      next: `hotpass net down ${label}  (or the same net up again)`,
    };
  }
  return {
    state: 'failed',
    reason: `background process ${owner.pid} does not answer: ${found.why}`,
    next: `hotpass net down ${label}`,
  };
}

function isDescription(value: unknown): value is SessionDescription {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'tunnel' &&
    'id' in value &&
    'plan' in value
  );
}
