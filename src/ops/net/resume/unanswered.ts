import { join } from 'node:path';
import type { Session } from '../../../state/net.ts';
import type { System } from '../../../system.ts';
import type { Unanswered } from '../find-sessions.ts';
import { forwardUrl, hostPort, type SessionStatus } from '../status.ts';

/** Puts together what can be said of a session that does not answer. */
export function unansweredStatus(
  sys: Pick<System, 'now'>,
  found: Unanswered,
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
    through: throughOf(session),
    breaks: [],
    warnings: found.kind === 'dead' ? leftWarnings(session) : [],
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
        url: forwardUrl(forward, forward.bind),
        layers: { port, transport: unknown, service: unknown },
        warnings: [],
      };
    }),
  };
}

function sayUnanswered(found: Unanswered): Pick<SessionStatus, 'state' | 'next'> & { reason: string } {
  const { label, owner } = found.session;
  if (found.kind === 'elsewhere') {
    return {
      state: 'elsewhere',
      reason: `belongs to ${found.place}, pid ${owner.pid} there`,
      next: 'ask there: hotpass net status',
    };
  }
  if (found.kind === 'dead') {
    return {
      state: 'failed',
      reason: `background process ${owner.pid} is gone`,
      next: isResumable(found.session)
        ? `hotpass net up --resume ${label}  (or hotpass net down ${label})`
        : `hotpass net down ${label}`,
    };
  }
  return {
    state: 'failed',
    reason: `background process ${owner.pid} does not answer: ${found.why}`,
    next: `hotpass net down ${label}`,
  };
}

function throughOf({ gateway, ssm }: Session): string {
  if (gateway !== undefined) return `ssh to ${gateway.host}`;
  if (ssm === undefined) return 'directly';
  const { id, name, tags = {} } = ssm.instance;
  const pairs = Object.entries(tags).map(([key, value]) => `tag:${key}=${value}`);
  return `SSM to ${id ?? name ?? pairs.join(',')}`;
}

/** Nobody looks after them; whoever may act in the account ends them. */
function leftWarnings({ ssm, label }: Session): string[] {
  const count = ssm?.sessions?.length ?? 0;
  if (count === 0) return [];
  const what = count === 1 ? 'a session of it is' : `${count} sessions of it are`;
  return [`${what} still open in SSM; hotpass net down ${label} ends what is left, and so does any net up`];
}

function isResumable({ foreground, lent }: Unanswered['session']): boolean {
  return !foreground && lent !== true;
}
