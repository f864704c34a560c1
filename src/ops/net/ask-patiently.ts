import type { Session } from '../../state/net.ts';
import { judgeOwner } from '../../state/owner.ts';
import { isStopped } from '../../state/process-start.ts';
import type { System } from '../../system.ts';
import type { ControlRequest } from '../supervisor/control.ts';
import { askSession } from './own-socket.ts';

/** Long enough for a busy machine, short enough for a person. */
export const ASK_MS = 2_500;
/** How much longer a process that runs may take where the machine has too much to do. */
const STARVED_MS = 7_500;

/**
 * Asks as `askSession` does, and once more, for longer, where the process is there and not stopped: on a starved
 * machine a live session must not be called dead. Throws `supervisor-silent`.
 */
export async function askPatiently(
  sys: System,
  session: Session,
  request: ControlRequest,
  { askMs, starvedMs } = { askMs: ASK_MS, starvedMs: STARVED_MS },
): Promise<unknown | undefined> {
  try {
    return await askSession(sys, session, request, askMs);
  } catch (error) {
    const runs =
      (await judgeOwner(sys, session.owner)) === 'alive' && !(await isStopped(sys, session.owner.pid));
    if (!runs) throw error;
    return askSession(sys, session, request, starvedMs);
  }
}
