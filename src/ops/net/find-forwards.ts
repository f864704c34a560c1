import type { System } from '../../system.ts';
import type { SessionState } from './lifecycle.ts';
import { lookAt } from './look.ts';
import { findUnrecorded, readSessions, recordOf } from './project-sessions.ts';
import type { Layer, SessionStatus } from './status.ts';

/** A forward of a session that is up, as who connects through it needs to know it. */
export interface FoundForward {
  readonly label: string;
  readonly name: string;
  /** Where a client of this machine connects; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Where it leads, as `host:port`. */
  readonly remote: string;
  /** State of its session; a client gets through while it is `ready` or `degraded`. */
  readonly state: SessionState;
  /** What its service said last; at most 2 s old. */
  readonly service: Layer;
  /** Why the session is not ready, the error code of that, and the next command. */
  readonly trouble?: {
    readonly reason: string | undefined;
    readonly code: string | undefined;
    readonly next: string | undefined;
  };
}

/**
 * Finds the forwards of this name among the sessions of a target that are up, asking each to look now; those of sessions
 * that are ready come first. Throws `state-invalid`.
 */
export async function findForwards(
  sys: System,
  project: string,
  target: string,
  name: string,
): Promise<readonly FoundForward[]> {
  const recorded = await readSessions(project);
  const unrecorded = await findUnrecorded(sys, project, recorded);
  const sessions = [...recorded, ...unrecorded.map((one) => recordOf(sys, one))].filter(
    (session) => session.target === target && session.forwards.some((forward) => forward.name === name),
  );
  const looks = await Promise.all(sessions.map((session) => lookAt(sys, project, session)));
  const found = looks.flatMap(({ kind, status }) => (kind === 'live' ? describe(status, name) : []));
  return found.sort((one, other) => Number(other.state === 'ready') - Number(one.state === 'ready'));
}

function describe(status: SessionStatus, name: string): FoundForward[] {
  const forward = status.forwards.find((one) => one.name === name);
  if (forward === undefined) return [];
  const { label, state, reason, code, next } = status;
  const url = new URL(forward.url);
  const found = {
    label,
    name,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
    remote: forward.remote,
    state,
    service: forward.layers.service,
    ...(state === 'ready' ? {} : { trouble: { reason, code, next } }),
  };
  return [found];
}
