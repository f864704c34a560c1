import type { SsmApi } from '../../aws.ts';

/** The sessions that are open over there, as they stand on record. */
export interface SessionBook {
  /** Gives the same client; what is started or ended over it is written down. */
  watch(api: SsmApi): SsmApi;
  /** A session is over, by the word of the far side. */
  strike(sessionId: string): void;
  open(): readonly string[];
  /** Resolves when the record says what is so, or cannot be written. */
  written(): Promise<void>;
}

/**
 * Makes the book of one supervisor: whoever finds it dead ends what stands in it. Sessions that start or end together
 * are written at once.
 */
export function createSessionBook(
  write: (sessionIds: readonly string[]) => Promise<void>,
  onFailed: (error: unknown) => void,
): SessionBook {
  const ids = new Set<string>();
  let isStale = false;
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (isStale) {
      isStale = false;
      await write([...ids]).catch(onFailed);
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
  return {
    watch: (api) => ({
      ...api,
      async startSession(start, signal) {
        const started = await api.startSession(start, signal);
        // Not waited for: it is also found by its reason, should this process end before it is written.
        ids.add(started.sessionId);
        save();
        return started;
      },
      async resumeSession(sessionId, signal) {
        const resumed = await api.resumeSession(sessionId, signal);
        if (resumed === undefined) strike(sessionId);
        return resumed;
      },
      async terminateSession(sessionId, signal) {
        await api.terminateSession(sessionId, signal);
        strike(sessionId);
      },
    }),
    strike,
    open: () => [...ids],
    async written() {
      await writing;
    },
  };
}
