/** What is wrong with a session's own things (its log, its record …) while its work goes on. */
export interface Troubles {
  /** Says what is wrong with one thing, and what to do about it; undefined when nothing is. */
  tell(thing: string, trouble: string | undefined): void;
  /** What is wrong now. */
  list(): readonly string[];
}

/** Makes the list of a session's troubles; the log hears when one begins and when it is over, and not in between. */
export function createTroubles(log: (text: string) => void): Troubles {
  const troubles = new Map<string, string>();
  return {
    tell(thing, trouble) {
      const before = troubles.get(thing);
      if (trouble === undefined) {
        if (troubles.delete(thing)) log(`mended: ${before}`);
        return;
      }
      troubles.set(thing, trouble);
      if (before === undefined) log(`warning: ${trouble}`);
    },
    list: () => [...troubles.values()],
  };
}
