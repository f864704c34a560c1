import { createAbort, whenAborted } from '../../signals.ts';
import type { System } from '../../system.ts';

/** Something that a program of a session wants to know of a person. */
export interface Question {
  /** Who asks, in words: `ssh (bastion.internal)`. */
  readonly from: string;
  /** What it says, verbatim: lines that are not yet fit for a terminal. */
  readonly text: string;
  /** A `secret` is typed without echo, `open` text with; `confirm` wants yes or no; a `notice` wants no answer. */
  readonly kind: 'secret' | 'open' | 'confirm' | 'notice';
}

/** Asks one person. Gives undefined when they decline, or when the signal says that the question is void. */
export type Ask = (question: Question, voided: AbortSignal) => Promise<string | undefined>;

/** Those who wait for a session at a terminal, and can be asked. */
export interface Attendance {
  isPresent(): boolean;
  /** Takes part from now on; gives what ends that. */
  join(ask: Ask): () => void;
  /**
   * Asks who came first; the next one when that one leaves over it. Gives the answer (undefined when it was declined
   * or the question is void), or undefined when nobody is there any more.
   */
  ask(question: Question, voided: AbortSignal): Promise<{ readonly answer: string | undefined } | undefined>;
  /** Milliseconds for which people were being asked so far: no program is to blame for those. */
  takenMs(): number;
}

interface Person {
  readonly ask: Ask;
  readonly left: AbortController;
}

/** Makes the list of who attends a session; nobody does yet. */
export function createAttendance(sys: Pick<System, 'monotonic'>): Attendance {
  const present: Person[] = [];
  let taken = 0;
  let asking = 0;
  let since = 0;
  const count = (change: 1 | -1) => {
    const now = sys.monotonic();
    if (asking > 0) taken += now - since;
    asking += change;
    since = now;
  };

  const askWhoIsThere = async (question: Question, voided: AbortSignal) => {
    for (let [person] = present; person !== undefined; [person] = present) {
      const over = AbortSignal.any([voided, person.left.signal]);
      const answer = await Promise.race([person.ask(question, over), whenAborted(over)]);
      if (voided.aborted) return { answer: undefined };
      if (!over.aborted) return { answer };
    }
    return undefined;
  };

  return {
    isPresent: () => present.length > 0,
    join(ask) {
      const person = { ask, left: createAbort() };
      present.push(person);
      return () => {
        const place = present.indexOf(person);
        if (place >= 0) present.splice(place, 1);
        person.left.abort();
      };
    },
    async ask(question, voided) {
      count(1);
      try {
        return await askWhoIsThere(question, voided);
      } finally {
        count(-1);
      }
    },
    takenMs: () => taken + (asking > 0 ? sys.monotonic() - since : 0),
  };
}

/** How soon it is looked again whether a question is still open. */
const SHORTEST_WAIT_MS = 100;

/** Waits for `ms`, but for the time for which people are being asked meanwhile; at once when `done` is aborted. */
export async function waitWithPeople(
  sys: Pick<System, 'monotonic' | 'sleep'>,
  ms: number,
  { takenMs }: Pick<Attendance, 'takenMs'>,
  done: AbortSignal,
): Promise<void> {
  const end = sys.monotonic() + ms - takenMs();
  for (;;) {
    const left = end + takenMs() - sys.monotonic();
    if (left <= 0 || done.aborted) return;
    await sys.sleep(Math.max(left, SHORTEST_WAIT_MS), done);
  }
}
