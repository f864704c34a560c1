import type { System } from '../../system.ts';
import type { Person } from '../person.ts';
import { visitControl } from '../supervisor/ask-control.ts';
import { waitWithPeople } from '../supervisor/attendance.ts';
import { relayAnswers } from '../supervisor/relay.ts';
import { isStatus, type SessionStatus } from './status.ts';

/**
 * Lets a person answer what a session that waits for its login asks: it tries at once, and is waited for until it works
 * or the login failed all the same. Gives its status; undefined when it is gone, or when `timeoutMs`, without the time
 * that the person took, is over. Throws `supervisor-silent`.
 */
export async function attendSession(
  sys: Pick<System, 'monotonic' | 'signal' | 'sleep'>,
  socket: string,
  person: Person,
  timeoutMs: number,
): Promise<SessionStatus | undefined> {
  const visit = await visitControl(socket, { op: 'attend' });
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
