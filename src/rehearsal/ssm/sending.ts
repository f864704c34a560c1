import { fillHead, HEAD_BYTES } from './message.ts';

/** The agent's sending half: numbers, unacknowledged messages, resends. */
export interface Sending {
  /** Sends a message whose payload stands behind `HEAD_BYTES` free bytes of the frame. */
  send(frame: Buffer, payloadType: number): void;
  sendText(text: string, payloadType: number): void;
  acknowledge(sequence: number): void;
  /** Bytes that were sent and not acknowledged. */
  unacked(): number;
  stop(): void;
}

interface Unacked {
  readonly frame: Buffer;
  sentAt: number;
}

const TICK_MS = 100;
const MOST_UNACKED = 100_000;
const START_RTO_MS = 200;
const START_RTT_MS = 100;
const MOST_RTO_MS = 1000;
const LEAST_VARIATION_MS = 10;

/**
 * Makes the sending half. Each 100 ms the oldest unacknowledged message alone is sent again, when it is older than the
 * time-out: agent/session/datachannel/datachannel.go and agent/session/config of the official agent.
 */
export function createSending(write: (frame: Buffer) => void, isPaused: () => boolean): Sending {
  const unacked = new Map<number, Unacked>();
  let next = 0;
  let bytes = 0;
  let rtt = START_RTT_MS;
  let variation = 0;
  let timeout = START_RTO_MS;

  const resendOldest = () => {
    if (isPaused()) return;
    const [oldest] = unacked.values();
    if (oldest === undefined || performance.now() - oldest.sentAt <= timeout) return;
    oldest.sentAt = performance.now();
    write(oldest.frame);
  };
  const timer = setInterval(resendOldest, TICK_MS);

  const send = (frame: Buffer, payloadType: number) => {
    const flags = next === 0 ? 1 : 0;
    fillHead(frame, { type: 'output_stream_data', sequence: next, flags, payloadType });
    if (unacked.size < MOST_UNACKED) {
      unacked.set(next, { frame, sentAt: performance.now() });
      bytes += frame.length;
    }
    next += 1;
    if (!isPaused()) write(frame);
  };
  return {
    send,
    sendText(text, payloadType) {
      const frame = Buffer.allocUnsafe(HEAD_BYTES + Buffer.byteLength(text));
      frame.write(text, HEAD_BYTES);
      send(frame, payloadType);
    },
    acknowledge(sequence) {
      const found = unacked.get(sequence);
      if (found === undefined) return;
      unacked.delete(sequence);
      bytes -= found.frame.length;
      const seen = performance.now() - found.sentAt;
      variation = 0.75 * variation + 0.25 * Math.abs(rtt - seen);
      rtt = 0.875 * rtt + 0.125 * seen;
      timeout = Math.min(MOST_RTO_MS, rtt + Math.max(LEAST_VARIATION_MS, 4 * variation));
    },
    unacked: () => bytes,
    stop() {
      clearInterval(timer);
      unacked.clear();
      bytes = 0;
    },
  };
}
