import { HotpassError, messageOf } from '../../errors.ts';
import type { System } from '../../system.ts';
import type { Troubles } from './troubles.ts';

/** Something that a session needs beside its work: a socket, a record, a log. */
export interface OwnThing {
  readonly name: string;
  /** Looks whether it is there and mends it; says what could not be mended and what to do, undefined when all is well. */
  keep(): Promise<string | undefined>;
}

/** Looks after a session's own things. */
export interface OwnThings {
  /** Looks at each, one after the other; two looks at once are one. Returns after half a second in any case. */
  look(): Promise<void>;
  /** From now on nothing is mended; resolves when a look that goes on is over, or hangs. */
  end(): Promise<void>;
}

/** A look takes a millisecond: who waits longer waits for a disk that does not answer. */
const HURRY_MS = 500;
/** How long a disk may be busy before that is a trouble. */
const HUNG_MS = 5_000;

/** Makes the looking after a session's own things; what is wrong with them goes to `troubles`. */
export function createOwnThings(
  sys: Pick<System, 'sleep'>,
  things: readonly OwnThing[],
  troubles: Troubles,
): OwnThings {
  let isOver = false;
  let round: Promise<void> | undefined;
  const lookAt = async ({ name, keep }: OwnThing) => {
    const answered = new AbortController();
    void sys.sleep(HUNG_MS, answered.signal).then(() => {
      if (!answered.signal.aborted) troubles.tell(name, `the ${name} is on a disk that does not answer`);
    });
    const trouble = await keep().catch((error: unknown) => troubleOf(name, error));
    answered.abort();
    if (!isOver) troubles.tell(name, trouble);
  };
  const lookAtAll = async () => {
    for (const thing of things) if (!isOver) await lookAt(thing);
  };
  const hurry = async (looked: Promise<void> | undefined) => {
    const enough = new AbortController();
    await Promise.race([looked, sys.sleep(HURRY_MS, enough.signal)]);
    enough.abort();
  };
  return {
    look() {
      round ??= lookAtAll().finally(() => {
        round = undefined;
      });
      return hurry(round);
    },
    async end() {
      isOver = true;
      await hurry(round);
    },
  };
}

function troubleOf(name: string, error: unknown): string {
  const next = error instanceof HotpassError && error.hint !== undefined ? `; ${error.hint}` : '';
  return `the ${name} is in trouble: ${messageOf(error)}${next}`;
}
