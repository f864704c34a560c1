import type { Attendance } from './attendance.ts';
import type { Guest } from './control.ts';
import { relayQuestions } from './relay.ts';
import type { Work } from './work.ts';

/** How old the status may be that who attended gets. */
const MAX_AGE_MS = 1_000;

/** Lets a guest be asked for as long as it is needed and stays; gives how the session is then. */
export async function attendAs<Status>(
  guest: Guest,
  attendance: Attendance,
  work: Pick<Work<Status, unknown>, 'attended' | 'look'>,
): Promise<Status> {
  const { ask, hear } = relayQuestions(guest.tell);
  // Who comes second waits for the try in which the first is being asked.
  const isFirst = !attendance.isPresent();
  const leave = attendance.join(ask);
  guest.left.addEventListener('abort', leave);
  void hearAll(guest, hear);
  try {
    await work.attended(guest.left, isFirst);
    return await work.look(MAX_AGE_MS);
  } finally {
    leave();
  }
}

async function hearAll(guest: Guest, hear: (line: unknown) => void): Promise<void> {
  for (;;) {
    // A line that is none may hold an answer: what is wrong with it is told nowhere.
    const line = await guest.hear().catch(() => '');
    if (line === undefined) return;
    hear(line);
  }
}
