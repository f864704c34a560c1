/** Bytes that may lie unread in all streams together: smux's own MaxReceiveBuffer. */
const BUDGET_BYTES = 4 * 1024 * 1024;
/** Reading goes on once so few bytes are left, so that it does not stop and go for each piece. */
const ENOUGH_BYTES = BUDGET_BYTES / 2;

/** The unread bytes of a session. */
export interface Budget {
  /** Bytes came in. */
  spend(bytes: number): void;
  /** Bytes were read, or nobody wants them any more. */
  giveBack(bytes: number): void;
}

/** Makes a budget that says when it is spent, and when there is room again. */
export function createBudget(onBudget: (isSpent: boolean) => void): Budget {
  let unread = 0;
  let isSpent = false;
  return {
    spend(bytes) {
      unread += bytes;
      if (isSpent || unread < BUDGET_BYTES) return;
      isSpent = true;
      onBudget(true);
    },
    giveBack(bytes) {
      unread -= bytes;
      if (!isSpent || unread > ENOUGH_BYTES) return;
      isSpent = false;
      onBudget(false);
    },
  };
}
