import { createAbort } from '../../signals.ts';
import type { System } from '../../system.ts';

/** Counts who uses a session: one that is only lent ends with the last of them. */
export interface Leases {
  /** True as long as the session is there for its borrowers alone. */
  isLent(): boolean;
  /** Takes a lease and gives what gives it back; undefined when the session is ending. */
  take(): (() => void) | undefined;
  /** Keeps the session up after its borrowers; false when it is ending. */
  keep(): boolean;
  /** From now on the session works: a lent one that nobody uses ends. */
  settle(): void;
  /** Tells whether the session is ending. */
  isOver(): boolean;
  /** The session is ending: nobody gets a lease any more. */
  close(): void;
}

/** How long a lent session may wait for its first borrower: it is told of the session and comes at once. */
const UNUSED_MS = 10_000;

/** Makes the leases of one session; `end` is called once, when a lent session is not needed any more. */
export function createLeases(
  sys: Pick<System, 'sleep'>,
  { lent, end, unusedMs = UNUSED_MS }: { lent: boolean; end: () => void; unusedMs?: number },
): Leases {
  const waited = createAbort();
  let isLent = lent;
  let isOver = false;
  let works = false;
  let held = 0;

  const close = () => {
    isOver = true;
    waited.abort();
  };
  const endIfUnused = () => {
    if (!isLent || !works || held > 0 || isOver) return;
    close();
    end();
  };
  return {
    isLent: () => isLent,
    take() {
      if (isOver) return undefined;
      held += 1;
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        held -= 1;
        endIfUnused();
      };
    },
    keep() {
      if (isOver) return false;
      isLent = false;
      return true;
    },
    settle() {
      works = true;
      if (isLent && held === 0) void sys.sleep(unusedMs, waited.signal).then(endIfUnused);
    },
    isOver: () => isOver,
    close,
  };
}
