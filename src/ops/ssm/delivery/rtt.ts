/** An estimate of the time from a message to its acknowledgement, in milliseconds. */
export interface Rtt {
  /** Takes the time that one message took; only of messages that were sent once (Karn): else nobody knows which. */
  sample(ms: number): void;
  /** Smoothed; undefined before the first sample. */
  smoothed(): number | undefined;
  /** The shortest ever; 0 before the first sample. */
  least(): number;
  /** How long without any acknowledgement is too long. */
  timeout(): number;
}

/** Before anything is known: an agent on the other side of the world answers within this. */
const FIRST_TIMEOUT_MS = 400;
/** Both ends have other work to do: an acknowledgement that is late by less is not missing. */
const SLACK_MS = 20;

/** Makes an estimate after RFC 6298. The weights are those of the official ends; the first sample counts in full. */
export function createRtt(): Rtt {
  let smoothed: number | undefined;
  let variation = 0;
  let least = 0;
  return {
    sample(ms) {
      least = smoothed === undefined ? ms : Math.min(least, ms);
      variation = smoothed === undefined ? ms / 2 : variation * 0.75 + Math.abs(smoothed - ms) * 0.25;
      smoothed = smoothed === undefined ? ms : smoothed * 0.875 + ms * 0.125;
    },
    smoothed: () => smoothed,
    least: () => least,
    timeout: () => (smoothed === undefined ? FIRST_TIMEOUT_MS : smoothed + Math.max(SLACK_MS, 4 * variation)),
  };
}
