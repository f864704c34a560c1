import { HotpassError } from '../../../errors.ts';

/** Clocks that are farther apart than this are no mere delay; AWS takes five minutes. */
const APART_MS = 240_000;

/** Tells whether a clock that differs by this much is one that AWS may not accept. */
export function isFarOff(offsetMs: number | undefined): boolean {
  return offsetMs !== undefined && Math.abs(offsetMs) >= APART_MS;
}

/** Makes the error of a clock that AWS does not accept; the offset says how far AWS's is ahead, where it is known. */
export function clockOff(offsetMs: number | undefined, cause: unknown): HotpassError {
  const message =
    offsetMs !== undefined && isFarOff(offsetMs)
      ? `the clock of this machine is ${spanText(offsetMs)} ${offsetMs > 0 ? 'behind' : 'ahead of'} AWS`
      : 'the clock of this machine is off, and AWS does not accept what it signs';
  return new HotpassError('clock-off', message, {
    hint: 'timedatectl status',
    details: { offsetMs },
    cause,
  });
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** Says how long a time is, in its two largest units: `10 min 2 s`. */
function spanText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const counts = UNITS.map(([unit, size], index) => {
    const larger = UNITS[index - 1]?.[1] ?? Number.POSITIVE_INFINITY;
    return { unit, count: Math.floor((seconds % larger) / size) };
  });
  const first = counts.findIndex(({ count }) => count > 0);
  return counts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => `${count} ${unit}`)
    .join(' ');
}
