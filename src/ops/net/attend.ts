import { HotpassError } from '../../errors.ts';
import type { Session } from '../../state/net.ts';
import type { System } from '../../system.ts';
import { askCallers, type Guard } from '../guard/guard.ts';
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
import { credentialsOf } from './via-ssm/ssm-place.ts';

const NOT_ALLOWED: readonly string[] = ['account-not-allowed', 'role-not-allowed'];

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

/**
 * Gives the keys that a session via SSM may go on with: those that it began with may have expired. Whose they are is asked
 * as before a session is opened; where nobody says, none are given. Throws `account-not-allowed` and `role-not-allowed`.
 */
export async function keysFor(
  sys: Pick<System, 'aws' | 'env' | 'out' | 'signal'>,
  { ssm }: Pick<Session, 'ssm'>,
  guard: Guard,
): Promise<AwsKeys | undefined> {
  const keys = ssm === undefined ? undefined : awsKeys(sys.env);
  if (ssm === undefined || keys === undefined) return undefined;
  try {
    await askCallers(sys, guard, { places: [credentialsOf(ssm)] });
    return keys;
  } catch (error) {
    if (!(error instanceof HotpassError) || NOT_ALLOWED.includes(error.code)) throw error;
    sys.out.warn(`the AWS keys of the environment are not handed over: ${error.message}`);
    return undefined;
  }
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
  guard: Guard,
): Promise<SessionStatus | undefined> {
  const keys = await keysFor(sys, session, guard);
  const person = session.via === 'ssm' ? NOBODY : await findPerson(sys);
  if (person === undefined) return undefined;
  try {
    // What a person asks for stays, also when it was open for `net exec` alone.
    await askSession(sys, session, { op: 'keep' }, ASK_MS);
    return await attendSession(sys, session.socket, person, timeoutMs, keys);
  } finally {
    person.close();
  }
}
