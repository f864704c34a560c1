import type { SsmApi, StartedSession, StartSession } from '../../../aws.ts';
import { HotpassError } from '../../../errors.ts';
import type { System } from '../../../system.ts';
import { endSession } from './end-session.ts';
import { within } from './within.ts';

/** A session that is wished for. */
export interface SessionWish {
  readonly api: SsmApi;
  readonly start: StartSession;
  readonly log: (text: string) => void;
}

const START_MS = 20_000;

/** Starts a session at the service within 20 s; one that starts too late is ended. Throws what the call throws. */
export async function startSession(
  sys: Pick<System, 'sleep'>,
  { api, start, log }: SessionWish,
  signal: AbortSignal,
): Promise<StartedSession> {
  return within(
    sys,
    START_MS,
    signal,
    async (cut) => {
      const started = await api.startSession(start, cut);
      // Too late for whoever asked: nobody else would end it.
      if (cut.aborted) await endSession(sys, api, started.sessionId, log);
      return started;
    },
    () => new HotpassError('aws-unreachable', 'Systems Manager did not start the session in time'),
  );
}
