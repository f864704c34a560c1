import { createDeferred } from '../../../deferred.ts';
import type { System } from '../../../system.ts';
import type { OpenTransport } from '../transport.ts';

/** Where clients wait while there is no way to the far side. */
export interface Gate {
  /** The way that is open now to this forward (by name), or to every one. */
  current(forward?: string): OpenTransport | undefined;
  /** Changes whenever somebody is let through or held who was not: what was learnt before says nothing afterwards. */
  epoch(): number;
  /** Lets everybody who waits through, except to those forwards that are not reached. */
  open(way: OpenTransport, unreached?: ReadonlySet<string>): void;
  /** Makes newcomers wait. */
  shut(): void;
  /** Resolves with a way open to this forward, or with undefined when there is none within `ms` or the gate is closed for good. */
  pass(forward: string, ms: number): Promise<OpenTransport | undefined>;
  /** Sends everybody away, now and later. */
  closeForGood(): void;
}

const NONE: ReadonlySet<string> = new Set();

/** Makes a gate that is shut. */
export function createGate(sys: Pick<System, 'sleep'>): Gate {
  let way: OpenTransport | undefined;
  let held = NONE;
  let gone = false;
  let epoch = 0;
  const waiters = new Set<{ readonly forward: string; settle(way: OpenTransport | undefined): void }>();
  const current = (forward?: string) => {
    const isHeld = forward === undefined ? held.size > 0 : held.has(forward);
    return isHeld ? undefined : way;
  };
  return {
    current,
    epoch: () => epoch,
    open(opened, unreached = NONE) {
      epoch += 1;
      way = opened;
      held = unreached;
      for (const { forward, settle } of waiters) if (!held.has(forward)) settle(opened);
    },
    shut() {
      epoch += 1;
      way = undefined;
    },
    async pass(forward, ms) {
      const open = current(forward);
      if (open !== undefined || gone) return open;
      const patience = new AbortController();
      const { promise, resolve } = createDeferred<OpenTransport | undefined>();
      const waiter = { forward, settle: resolve };
      waiters.add(waiter);
      const answer = await Promise.race([promise, sys.sleep(ms, patience.signal).then(() => undefined)]);
      waiters.delete(waiter);
      patience.abort();
      return answer;
    },
    closeForGood() {
      epoch += 1;
      way = undefined;
      gone = true;
      for (const { settle } of waiters) settle(undefined);
    },
  };
}
