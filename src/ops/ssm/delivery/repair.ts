import type { Clock } from './clock.ts';
import { createLateness } from './lateness.ts';
import { createRtt } from './rtt.ts';
import type { Unacked, UnackedMessages } from './unacked.ts';

/** Passes a frame to the websocket. It may not throw, nor call back into the sender before it returns. */
export type SendFrame = (frame: Buffer) => void;

/** Sends messages, and sends again those that got lost. */
export interface Repair {
  /** Sends a message that was just stored, or leaves it for later when nobody is there. */
  sendFirst(message: Unacked): void;
  /** Learns from a message that is acknowledged and no longer stored. */
  acknowledged(message: Unacked): void;
  /** Learns from a number that is acknowledged once more: of two sends both have arrived. */
  acknowledgedAgain(sequence: number): void;
  attach(send: SendFrame): void;
  detach(): void;
  pause(): void;
  start(): void;
  heard(): void;
  rttMs(): number | undefined;
  /** The shortest ever over this socket; 0 before the first. */
  leastRttMs(): number;
}

/** How many of the messages that are longest on their way ask for a sign of life when none comes. */
const PROBE_MESSAGES = 4;
/** Probes double their pauses up to this; where the way itself takes longer, up to that. */
const MOST_PAUSE_MS = 2000;
/** How often an agent that is said to be away is asked all the same: nobody promises to say that it is back. */
const AWAY_PAUSE_MS = 3000;
/**
 * Makes the repair of one channel. What is lost (`lateness.ts`) goes again at once, all of it. When nothing is heard at
 * all, a few messages are sent again as a probe, ever more rarely: the acknowledgement of one shows which others are
 * lost. So a loss is repaired within about two round trips, and an agent that is only slow, or has stalled, is never
 * flooded with what it has already.
 *
 * There is one timer, and none when nothing is unacknowledged or there is no socket.
 */
export function createRepair(clock: Clock, unacked: UnackedMessages): Repair {
  let rtt = createRtt();
  let lateness = createLateness(rtt);
  let send: SendFrame | undefined;
  /** Counts all sends. */
  let sends = 0;
  let isPaused = false;
  /** What was stored while nobody was there. */
  const unsent: Unacked[] = [];
  /** When the silence began, and how many probes were sent in it. */
  let silentSince = 0;
  /** When a message that was sent once told how long the way is. */
  let sampledAt = 0;
  let probes = 0;
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;

  const pauseMs = () => {
    if (isPaused) return AWAY_PAUSE_MS;
    const timeout = rtt.timeout();
    return Math.min(timeout * 2 ** probes, Math.max(timeout, MOST_PAUSE_MS));
  };
  const put = (message: Unacked, at: number) => {
    sends += 1;
    message.order = sends;
    message.sends += 1;
    message.sentAt = at;
    if (message.sends === 1) message.firstSentAt = at;
    unacked.renew(message);
    send?.(message.frame);
  };
  const resendLost = (at: number) => {
    for (let message = unacked.first(); message !== undefined; message = unacked.first()) {
      if (lateness.lostAt(message) > at) return;
      put(message, at);
    }
  };
  const probe = (at: number) => {
    probes += 1;
    silentSince = at;
    for (let left = PROBE_MESSAGES; left > 0; left -= 1) {
      const message = unacked.first();
      if (message === undefined || message.sentAt === at) return;
      put(message, at);
    }
  };
  const onTimer = () => {
    timer = undefined;
    const at = clock.monotonic();
    if (!isPaused) resendLost(at);
    if (at >= silentSince + pauseMs()) probe(at);
    arm();
  };
  const disarm = () => {
    timer?.cancel();
    timer = undefined;
  };
  // A timer that rings too early costs less than one that is set anew for each message.
  const arm = () => {
    const first = unacked.first();
    if (first === undefined || send === undefined) return disarm();
    const due = Math.min(
      silentSince + pauseMs(),
      isPaused ? Number.POSITIVE_INFINITY : lateness.lostAt(first),
    );
    if (timer !== undefined && timer.at <= due) return;
    disarm();
    timer = { at: due, cancel: clock.after(Math.max(0, due - clock.monotonic()), onTimer) };
  };

  // Not all that is unacknowledged: who says "pause" and "start" in turns would be sent all of it each time.
  const start = () => {
    const at = clock.monotonic();
    if (isPaused) probes = 0;
    isPaused = false;
    if (send === undefined) return;
    silentSince = at;
    for (let message = unacked.first(); message !== undefined; message = unacked.first()) {
      if (message.sends === 0 || message.sentAt + rtt.timeout() > at) break;
      put(message, at);
    }
    for (const message of unsent.splice(0)) if (message.sends === 0) put(message, at);
    arm();
  };

  return {
    rttMs: () => rtt.smoothed(),
    leastRttMs: () => rtt.least(),
    sendFirst(message) {
      const at = clock.monotonic();
      if (unacked.size === 1) silentSince = at;
      if (send === undefined || isPaused) unsent.push(message);
      else put(message, at);
      arm();
    },
    acknowledged(message) {
      const at = clock.monotonic();
      const took = at - message.sentAt;
      // After Karn: of a message that was sent twice nobody knows how long it took.
      if (message.sends === 1) {
        rtt.sample(took);
        sampledAt = at;
        probes = 0;
      }
      lateness.arrived(message, took);
      silentSince = at;
      resendLost(at);
      arm();
    },
    acknowledgedAgain(sequence) {
      const took = lateness.arrivedAgain(sequence);
      // Where all is sent twice a way that became longer would never be noticed. Else it is left out: a message that was
      // lost and then doubled on its way looks the same, and has taken longer.
      if (took !== undefined && clock.monotonic() - sampledAt > took) rtt.sample(took);
    },
    attach(opened) {
      send = opened;
      isPaused = false;
      probes = 0;
      // Another socket may go another way, and brings no answers to what went over the last one.
      rtt = createRtt();
      lateness = createLateness(rtt);
      unsent.length = 0;
      const at = clock.monotonic();
      silentSince = at;
      for (const message of unacked.bySequence()) {
        message.sends = 0;
        put(message, at);
      }
      arm();
    },
    detach() {
      send = undefined;
      disarm();
    },
    pause() {
      isPaused = true;
      silentSince = clock.monotonic();
      disarm();
      arm();
    },
    start,
    heard() {
      if (isPaused) start();
    },
  };
}
