/** Tells milliseconds since 1970, whole. Set once at the start, so that it never jumps. */
export function wallClock(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}

/** Tells seconds since 1970, as the API gives its dates. */
export function epochSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}
