import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { findPerson, NOBODY, type Person } from '../person.ts';
import { visitControl } from '../supervisor/ask-control.ts';
import { waitWithPeople } from '../supervisor/attendance.ts';
import { type AwsKeys, awsKeys } from '../supervisor/environment.ts';
import { relayAnswers } from '../supervisor/relay.ts';
import { ASK_MS } from './ask-patiently.ts';
import { lookAt } from './look.ts';
import { askSession } from './own-socket.ts';
import { readSessions } from './project-sessions.ts';
import { isStatus, type SessionStatus } from './status.ts';

/**
 * Lets a person answer what a session that waits for its login asks: it tries at once, and is waited for until it works
 * or the login failed all the same. Keys are those of the environment that the session may use by now. Gives its status; undefined when it is gone, or when `timeoutMs`, without the time
 * that the person took, is over. Throws `supervisor-silent`.
 */
export async function attendSession(
  sys: Pick<System, 'monotonic' | 'signal' | 'sleep'>,
  socket: string,
  person: Person,
  timeoutMs: number,
  keys?: AwsKeys,
): Promise<SessionStatus | undefined> {
  const visit = await visitControl(socket, { op: 'attend', keys });
  if (visit === undefined) return undefined;
  const answers = relayAnswers(person.ask, visit.say);
  const done = new AbortController();
  sys.signal.addEventListener('abort', visit.leave);
  if (sys.signal.aborted) visit.leave();
  void waitWithPeople(sys, timeoutMs, person, done.signal).then(visit.leave);
  try {
    for (;;) {
      const said = await visit.hear();
      if (said === undefined) return undefined;
      if ('told' in said) answers.hear(said.told);
      else return isStatus(said.value) ? said.value : undefined;
    }
  } finally {
    done.abort();
    sys.signal.removeEventListener('abort', visit.leave);
  }
}

/** Gives the keys that a session via SSM may go on with: those that it began with may have expired. */
export function keysFor({ env }: Pick<System, 'env'>, { via }: Pick<Session, 'via'>): AwsKeys | undefined {
  return via === 'ssm' ? awsKeys(env) : undefined;
}

/** Finds the session of a label that needs a login; undefined when there is none, or it needs none. */
export async function findWaiting(sys: System, project: string, label: string): Promise<Session | undefined> {
  const session = (await readSessions(project)).find((one) => one.label === label);
  if (session === undefined) return undefined;
  const { kind, status } = await lookAt(sys, project, session);
  return kind === 'live' && status.state === 'needs-login' ? session : undefined;
}

/** Helps in a session that needs a login, as `attendSession`, and makes it stay; undefined also when nobody is there. */
export async function helpIn(
  sys: System,
  session: Session,
  timeoutMs: number,
): Promise<SessionStatus | undefined> {
  const person = session.via === 'ssm' ? NOBODY : await findPerson(sys);
  if (person === undefined) return undefined;
  try {
    // What a person asks for stays, also when it was open for `net exec` alone.
    await askSession(sys, session, { op: 'keep' }, ASK_MS);
    return await attendSession(sys, session.socket, person, timeoutMs, keysFor(sys, session));
  } finally {
    person.close();
  }
}
