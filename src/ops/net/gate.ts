import { createDeferred } from '../../deferred.ts';
import type { System } from '../../system.ts';
import type { OpenTransport } from './transport.ts';

/** Where clients wait while there is no way to the far side. */
export interface Gate {
  /** The way that is open now. */
  current(): OpenTransport | undefined;
  /** Lets everybody who waits through. */
  open(way: OpenTransport): void;
  /** Makes newcomers wait. */
  shut(): void;
  /** Resolves with an open way, or with undefined when there is none within `ms` or the gate is closed for good. */
  pass(ms: number): Promise<OpenTransport | undefined>;
  /** Sends everybody away, now and later. */
  closeForGood(): void;
}

/** Makes a gate that is shut. */
export function createGate(sys: Pick<System, 'sleep'>): Gate {
  let way: OpenTransport | undefined;
  let gone = false;
  const waiters = new Set<(way: OpenTransport | undefined) => void>();
  const settle = (answer: OpenTransport | undefined) => {
    for (const resolve of waiters) resolve(answer);
    waiters.clear();
  };
  return {
    current: () => way,
    open(opened) {
      way = opened;
      settle(opened);
    },
    shut() {
      way = undefined;
    },
    async pass(ms) {
      if (way !== undefined || gone) return way;
      const patience = new AbortController();
      const { promise, resolve } = createDeferred<OpenTransport | undefined>();
      waiters.add(resolve);
      const answer = await Promise.race([promise, sys.sleep(ms, patience.signal).then(() => undefined)]);
      waiters.delete(resolve);
      patience.abort();
      return answer;
    },
    closeForGood() {
      way = undefined;
      gone = true;
      settle(undefined);
    },
  };
}
