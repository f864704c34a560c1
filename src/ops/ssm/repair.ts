import type { Clock } from './clock.ts';
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
/** The least time by which messages may overtake each other and are still not taken for lost. */
const REORDER_MS = 10;
const MOST_PATIENCE = 8;

/**
 * Makes the repair of one channel, in the manner of TCP's RACK (RFC 8985): a message is lost when another one that was
 * sent later has arrived, and more than some reordering has passed; all of these go again at once. When nothing is
 * heard at all, a few messages are sent again as a probe, ever more rarely: the acknowledgement of one shows which
 * others are lost. So a loss is repaired within about two round trips, and an agent that is only slow, or has
 * stalled, is never flooded with what it has already.
 *
 * There is one timer, and none when nothing is unacknowledged or there is no socket.
 */
export function createRepair(clock: Clock, unacked: UnackedMessages): Repair {
  let rtt = createRtt();
  let send: SendFrame | undefined;
  let isPaused = false;
  /** What was stored while nobody was there. */
  const unsent: Unacked[] = [];
  /** Of all that has arrived, what was sent last. */
  let newest = { order: 0, took: 0 };
  let sends = 0;
  let patience = 1;
  /** When the silence began, and how many probes were sent in it. */
  let silentSince = 0;
  let probes = 0;
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;

  const pauseMs = () => {
    if (isPaused) return AWAY_PAUSE_MS;
    const timeout = rtt.timeout();
    return Math.min(timeout * 2 ** probes, Math.max(timeout, MOST_PAUSE_MS));
  };
  const lostAt = (message: Unacked) =>
    message.order < newest.order
      ? message.sentAt + newest.took + Math.max(REORDER_MS, (rtt.smoothed() ?? 0) / 4) * patience
      : Number.POSITIVE_INFINITY;

  const put = (message: Unacked, at: number) => {
    sends += 1;
    message.order = sends;
    message.sends += 1;
    message.sentAt = at;
    unacked.renew(message);
    send?.(message.frame);
  };
  const resendLost = (at: number) => {
    for (let message = unacked.first(); message !== undefined; message = unacked.first()) {
      if (lostAt(message) > at) return;
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
    const due = Math.min(silentSince + pauseMs(), isPaused ? Number.POSITIVE_INFINITY : lostAt(first));
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
      const isOnce = message.sends === 1;
      // Quicker than ever possible: the first send had arrived, and the second was needless.
      const isNeedless = !isOnce && took < rtt.least();
      const tellsOrder = isOnce || (!isNeedless && rtt.smoothed() !== undefined);
      if (isOnce) {
        rtt.sample(took);
        probes = 0;
      } else patience = isNeedless ? Math.min(patience * 2, MOST_PATIENCE) : Math.max(patience * 0.9, 1);
      if (tellsOrder && message.order > newest.order) newest = { order: message.order, took };
      silentSince = at;
      resendLost(at);
      arm();
    },
    attach(opened) {
      send = opened;
      isPaused = false;
      probes = 0;
      // Another socket may go another way, and brings no answers to what went over the last one.
      rtt = createRtt();
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
