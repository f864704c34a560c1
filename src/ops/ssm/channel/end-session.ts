import type { SsmApi } from '../../../aws.ts';
import { HotpassError, messageOf } from '../../../errors.ts';
import { NEVER } from '../../../signals.ts';
import type { System } from '../../../system.ts';
import { within } from './within.ts';

const CALL_MS = 3_000;

/**
 * Ends a session at the service, whatever else is being given up. Tells whether the service confirmed it within 3 s;
 * never rejects.
 */
export async function endSession(
  sys: Pick<System, 'sleep'>,
  api: Pick<SsmApi, 'terminateSession'>,
  sessionId: string,
  log: (text: string) => void,
): Promise<boolean> {
  try {
    await within(
      sys,
      CALL_MS,
      NEVER,
      (cut) => api.terminateSession(sessionId, cut),
      () => new HotpassError('aws-unreachable', 'Systems Manager did not answer in time'),
    );
    return true;
  } catch (error) {
    log(`${sessionId} could not be ended: ${messageOf(error)}`);
    return false;
  }
}
