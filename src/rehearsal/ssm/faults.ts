/** What is done to messages between client and agent, in both directions. */
export interface Disturbance {
  /** On the way, one direction. */
  readonly latencyMs?: number | undefined;
  readonly lossPercent?: number | undefined;
  readonly duplicatePercent?: number | undefined;
  readonly reorderPercent?: number | undefined;
  /** How late a reordered message is. Default 10 ms. */
  readonly reorderMs?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
}

/** Says for one message after how many milliseconds each of its copies arrives; none: it is lost. */
export type Fate = () => readonly number[];

const REORDER_MS = 10;
const AT_ONCE = [0];

/** Makes the fate of one direction's messages; the same seed gives the same fate. */
export function createFate(disturbance: Disturbance): Fate {
  const random = createRandom(disturbance.seed ?? 1);
  const base = disturbance.latencyMs ?? 0;
  const { lossPercent = 0, duplicatePercent = 0, reorderPercent = 0 } = disturbance;
  if (base === 0 && lossPercent + duplicatePercent + reorderPercent === 0) return () => AT_ONCE;
  const happens = (percent: number) => random() * 100 < percent;
  return () => {
    // Each is drawn each time: one kind of fault does not shift the others.
    const [isLost, isDouble, isLate] = [
      happens(lossPercent),
      happens(duplicatePercent),
      happens(reorderPercent),
    ];
    if (isLost) return [];
    const delay = isLate ? base + (disturbance.reorderMs ?? REORDER_MS) : base;
    return isDouble ? [delay, delay] : [delay];
  };
}

/** Small and good enough for dice: https://prng.di.unimi.it/splitmix64.c, in 32 bits (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
