/** Lets things arrive later, in the order of their times. */
export interface DelayLine<Thing> {
  send(thing: Thing, delayMs: number): void;
  /** Things that are on the way. */
  length(): number;
  clear(): void;
}

/** Makes a delay line; what has no delay and nothing in front of it arrives at once. */
export function createDelayLine<Thing>(arrive: (thing: Thing) => void): DelayLine<Thing> {
  let waiting: { readonly thing: Thing; readonly at: number }[] = [];
  let timer: NodeJS.Timeout | undefined;

  const insert = (thing: Thing, at: number) => {
    let index = waiting.length;
    while (index > 0 && (waiting[index - 1]?.at ?? 0) > at) index -= 1;
    if (index === waiting.length) waiting.push({ thing, at });
    else waiting.splice(index, 0, { thing, at });
  };
  const run = () => {
    timer = undefined;
    const now = performance.now();
    let due = 0;
    while ((waiting[due]?.at ?? Number.POSITIVE_INFINITY) <= now) due += 1;
    const arrived = waiting.slice(0, due);
    waiting = waiting.slice(due);
    for (const { thing } of arrived) arrive(thing);
    arm();
  };
  const arm = () => {
    const [first] = waiting;
    if (timer !== undefined || first === undefined) return;
    timer = setTimeout(run, Math.max(0, first.at - performance.now()));
  };
  return {
    send(thing, delayMs) {
      if (delayMs <= 0 && waiting.length === 0) return arrive(thing);
      const at = performance.now() + delayMs;
      if (at < (waiting[0]?.at ?? 0)) {
        clearTimeout(timer);
        timer = undefined;
      }
      insert(thing, at);
      arm();
    },
    length: () => waiting.length,
    clear() {
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
    },
  };
}
