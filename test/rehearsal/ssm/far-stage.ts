import type { Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { type RehearsedSsm, startSsm } from '../../../src/rehearsal/ssm/index.ts';
import type { StartSsm } from '../../../src/rehearsal/ssm/options.ts';
import { startServer } from '../../support/ports.ts';
import { type OpenProbe, openProbe, type Probe } from '../../support/ssm-probe.ts';

/** Patience with what takes milliseconds. */
export const SOON = { timeout: 10_000, interval: 5 };

const STILL_LOOKS = 5;
const LOOK_MS = 150;

/** A far side with one target, and a client of it. */
export interface FarStage {
  readonly far: RehearsedSsm;
  readonly probe: Probe;
  readonly target: { open(): number; received(): number };
}

/** Opens a session to a target that does `serve` with each connection; default: sends back what it gets. */
export async function openFarStage(
  options: StartSsm = {},
  open: OpenProbe = {},
  serve: (socket: Socket) => void = (socket) => void socket.pipe(socket),
): Promise<FarStage> {
  const target = await startServer(0, '127.0.0.1', serve);
  onTestFinished(target.close);
  const far = await startSsm({ hosts: { 'localhost:80': `127.0.0.1:${target.port}` }, ...options });
  onTestFinished(far.close);
  return { far, target, probe: await openProbe(far.url, open) };
}

/** Waits until the handshake is through. */
export async function shaken(probe: Probe): Promise<void> {
  await expect.poll(() => probe.agentSaid().map(({ payloadType }) => payloadType), SOON).toContain(7);
}

/** Gives the words of channel_closed once they come. */
export async function closedWith({ came }: Probe): Promise<string> {
  await expect.poll(() => came.some(({ type }) => type === 'channel_closed'), SOON).toBe(true);
  const closed = came.find(({ type }) => type === 'channel_closed');
  return JSON.parse(String(closed?.payload)).Output;
}

/** Numbers of the client's messages that the agent has acknowledged, in the order of the acknowledgements. */
export function ackedIn({ came }: Probe): readonly number[] {
  const acks = came.filter(({ type }) => type === 'acknowledge');
  return acks.map(({ payload }) => JSON.parse(String(payload)).AcknowledgedMessageSequenceNumber);
}

/** Waits until a number stands still for a while, and gives it. */
export async function settled(read: () => number): Promise<number> {
  let last = read();
  for (let still = 0; still < STILL_LOOKS; still += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    if (read() !== last) still = -1;
    last = read();
  }
  return last;
}
