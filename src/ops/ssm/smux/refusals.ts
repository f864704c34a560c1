import type { System } from '../../../system.ts';

/** How long a stream that ended without a byte waits for the word that it was refused. */
const HOLD_MS = 50;
/** How long such a word waits for its stream: the agent may have a lot to send before the stream's end. */
const KEEP_MS = 5_000;
/** As many streams may wait for the agent to connect them. */
const MOST_KEPT = 1024;

/** A stream that ended without a byte. */
interface EmptyStream {
  /** It was refused. */
  refuse(): void;
  /** It ended like that. */
  letEnd(): void;
}

/** Finds out which streams were refused. */
export interface Refusals {
  /** The agent said that it could not connect a stream, but not which. */
  tell(): void;
  /** The far side ended a stream without a byte. */
  ended(stream: EmptyStream): void;
}

/**
 * Brings the agent's word that it could not connect together with the stream it meant. The two come apart, in either
 * order; without this a client would be served an empty answer where its service was not reached.
 */
export function createRefusals(sys: Pick<System, 'monotonic' | 'sleep'>): Refusals {
  const held = new Set<EmptyStream>();
  let words: number[] = [];
  return {
    tell() {
      for (const stream of held) {
        held.delete(stream);
        return stream.refuse();
      }
      words = [...words.slice(1 - MOST_KEPT), sys.monotonic()];
    },
    ended(stream) {
      words = words.filter((told) => sys.monotonic() - told < KEEP_MS);
      if (words.shift() !== undefined) return stream.refuse();
      held.add(stream);
      void sys.sleep(HOLD_MS).then(() => {
        if (held.delete(stream)) stream.letEnd();
      });
    },
  };
}
