import type { SsmApi } from '../../aws.ts';
import { createAbort } from '../../signals.ts';
import type { System } from '../../system.ts';
import { endSession } from './channel/end-session.ts';

/** The sessions that are open over there, as they stand on record. */
export interface SessionBook {
  /** Gives the same client; what is started or ended over it is written down. */
  watch(api: SsmApi): SsmApi;
  /** A session is over, by the word of the far side. */
  strike(sessionId: string): void;
  open(): readonly string[];
  /** Resolves when no start or end is under way, and the record says what is so or cannot be written. */
  settled(): Promise<void>;
}

export interface CreateSessionBook {
  readonly write: (sessionIds: readonly string[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
  readonly log: (text: string) => void;
}

/** How long a start that was given up may take to say which session it made. */
const GIVEN_UP_MS = 3_000;

/**
 * Makes the book of one supervisor: whoever finds it dead ends what stands in it. Sessions that start or end together
 * are written at once.
 */
export function createSessionBook(sys: Pick<System, 'sleep'>, create: CreateSessionBook): SessionBook {
  const ids = new Set<string>();
  const underWay = new Set<Promise<unknown>>();
  let isStale = false;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (isStale) {
      isStale = false;
      await create.write([...ids]).catch(create.onFailed);
    }
  };
  const save = () => {
    isStale = true;
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
  };
  const strike = (sessionId: string) => {
    if (ids.delete(sessionId)) save();
  };

  const follow = (work: Promise<unknown>) => {
    const over = work.catch(() => {}).finally(() => underWay.delete(over));
    underWay.add(over);
  };

  const watch = (api: SsmApi): SsmApi => {
    const start: SsmApi['startSession'] = async (wanted, signal) => {
      const patience = listenPatiently(sys, signal);
      try {
        const started = await api.startSession(wanted, patience.signal);
        // Not waited for: it is also found by its reason, should this process end before it is written.
        ids.add(started.sessionId);
        save();
        if (signal.aborted) await endSession(sys, watched, started.sessionId, create.log);
        return started;
      } finally {
        patience.end();
      }
    };
    const watched: SsmApi = {
      ...api,
      startSession(wanted, signal) {
        const starting = start(wanted, signal);
        follow(starting);
        return starting;
      },
      async resumeSession(sessionId, signal) {
        const resumed = await api.resumeSession(sessionId, signal);
        // Said to be over: ended all the same, for it is not known what that leaves over there.
        if (resumed === undefined)
          follow(endSession(sys, watched, sessionId, create.log).then(() => strike(sessionId)));
        return resumed;
      },
      async terminateSession(sessionId, signal) {
        await api.terminateSession(sessionId, signal);
        strike(sessionId);
      },
    };
    return watched;
  };

  return {
    watch,
    strike,
    open: () => [...ids],
    async settled() {
      await Promise.all(underWay);
      await writing;
    },
  };
}

/** A start that is cut off may have made a session whose name nobody knows: it is let finish, for a while. */
function listenPatiently(sys: Pick<System, 'sleep'>, signal: AbortSignal) {
  const cut = createAbort();
  const done = createAbort();
  const giveUp = () => void sys.sleep(GIVEN_UP_MS, done.signal).then(() => cut.abort());
  if (signal.aborted) cut.abort();
  else signal.addEventListener('abort', giveUp);
  return {
    signal: cut.signal,
    end() {
      done.abort();
      signal.removeEventListener('abort', giveUp);
    },
  };
}
