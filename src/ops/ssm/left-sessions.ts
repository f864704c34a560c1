import type { SsmApi } from '../../aws.ts';
import { HotpassError } from '../../errors.ts';
import { NEVER } from '../../signals.ts';
import type { System } from '../../system.ts';
import type { SsmGateway } from '../net/plan.ts';
import { within } from './channel/within.ts';
import { isReasonOf, type SessionName } from './session-reason.ts';

/** What a supervisor that is gone left open. */
export interface LeftSessions {
  readonly name: SessionName;
  readonly place: Pick<SsmGateway, 'profile' | 'region' | 'roleArn'>;
  /** Those on record; one that was started just before the end may not be among them. */
  readonly sessionIds: readonly string[];
}

/** What became of them. */
export interface EndedSessions {
  /** Session ids. */
  readonly ended: readonly string[];
  readonly left: readonly string[];
  /** Why some may be left; undefined when none is. */
  readonly failure: HotpassError | undefined;
}

/** For all of it: nobody waits for longer, whatever the network does. */
const DEADLINE_MS = 4_000;

/**
 * Ends the sessions of Systems Manager that nobody looks after any more: those on record, and those whose reason says
 * whose they are. Takes 4 s at most, and rejects over nothing that the account or the network says.
 */
export async function endLeftSessions(
  sys: Pick<System, 'aws' | 'sleep'>,
  found: LeftSessions,
): Promise<EndedSessions> {
  const ended = new Set<string>();
  const known = new Set(found.sessionIds);
  try {
    await within(
      sys,
      DEADLINE_MS,
      NEVER,
      async (signal) => {
        const api = await sys.aws.ssm(found.place);
        const end = async (id: string) => {
          known.add(id);
          await api.terminateSession(id, signal);
          ended.add(id);
        };
        const endUnrecorded = async () => {
          const open = await findOpen(api, found.name, signal);
          await settleAll(open.filter((id) => !known.has(id)).map(end));
        };
        await settleAll([...found.sessionIds.map(end), endUnrecorded()]);
      },
      () => new HotpassError('aws-unreachable', 'Systems Manager did not answer in time'),
    );
    return { ended: [...ended], left: [], failure: undefined };
  } catch (error) {
    if (!(error instanceof HotpassError)) throw error;
    return { ended: [...ended], left: [...known].filter((id) => !ended.has(id)), failure: error };
  }
}

async function findOpen(api: SsmApi, name: SessionName, signal: AbortSignal): Promise<string[]> {
  const open = await api.findSessions(signal).catch((error: unknown) => {
    // Not everybody may list sessions; what is on record is known without.
    if (error instanceof HotpassError && error.code === 'access-denied') return [];
    throw error;
  });
  return open.flatMap(({ sessionId, reason }) => (isReasonOf(name, reason) ? [sessionId] : []));
}

/** What fails does not keep the others from their end. */
async function settleAll(all: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(all);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
