import { describe, expect, it } from 'vitest';
import { createSender } from '../../src/ops/ssm/delivery/sender.ts';
import { createWindow } from '../../src/ops/ssm/delivery/window.ts';
import { decodeMessage } from '../../src/ops/ssm/message/message.ts';
import { createVirtualTime } from '../support/virtual-time.ts';

const MIB = 1024 * 1024;

/** Writes for 2.5 s as much as there is room for, to an agent that takes so much and no more. */
function saturate(agent: { readonly bytesPerMs: number; readonly wayMs: number }) {
  const time = createVirtualTime();
  const bulk = Buffer.alloc(32 * 1024);
  let isFreeAt = 0;
  let taken = 0;
  let longest = 0;
  const fill = () => {
    while (sender.write(bulk));
  };
  const sender = createSender({ clock: time.clock, onRoom: fill });
  sender.attach((frame) => {
    const sentAt = time.clock.monotonic();
    const sequence = decodeMessage(frame)?.sequence ?? -1;
    isFreeAt = Math.max(isFreeAt, sentAt + agent.wayMs) + frame.length / agent.bytesPerMs;
    time.after(isFreeAt + agent.wayMs - sentAt, () => {
      taken += frame.length;
      // The beginning, when nothing is known yet, is left out.
      if (sentAt > 1_000) longest = Math.max(longest, time.clock.monotonic() - sentAt);
      sender.acknowledged(sequence);
    });
  });
  // Before there is a queue a word or two tell how long the way is.
  sender.write(Buffer.from('hello'));
  time.pass(2 * agent.wayMs + 10);
  fill();
  time.pass(1_000);
  const before = taken;
  time.pass(1_500);
  return { bytesPerMs: (taken - before) / 1_500, longest };
}

describe('what is on its way at once', () => {
  it.each([
    { bytesPerMs: 12_000, wayMs: 0, mostMs: 80 },
    { bytesPerMs: 12_000, wayMs: 40, mostMs: 250 },
    { bytesPerMs: 8_000, wayMs: 150, mostMs: 900 },
    { bytesPerMs: 1_000, wayMs: 20, mostMs: 1_300 },
  ])(
    'fills an agent that takes $bytesPerMs bytes a ms $wayMs ms away, and lets nothing wait for long',
    (agent) => {
      const { bytesPerMs, longest } = saturate(agent);
      expect(bytesPerMs).toBeGreaterThan(agent.bytesPerMs * 0.9);
      expect(longest).toBeLessThan(agent.mostMs);
    },
  );

  it('grows only when all of it was used', () => {
    const window = createWindow(4 * MIB);
    window.learn(0, { smoothed: 10, least: 10 }, false);
    window.learn(100, { smoothed: 10, least: 10 }, false);
    expect(window.bytes).toBe(MIB);
    window.learn(150, { smoothed: 10, least: 10 }, true);
    expect(window.bytes).toBe(1.5 * MIB);
  });

  it('changes once in a round trip', () => {
    const window = createWindow(4 * MIB);
    window.learn(0, { smoothed: 100, least: 1 }, true);
    const after = window.bytes;
    window.learn(99, { smoothed: 100, least: 1 }, true);
    expect(window.bytes).toBe(after);
    window.learn(100, { smoothed: 100, least: 1 }, true);
    expect(window.bytes).toBeLessThan(after);
  });

  it('grows again where the way has become longer for good, and shrinks when it is short again', () => {
    const window = createWindow(4 * MIB);
    let now = 0;
    const pass = (smoothed: number, ms: number) => {
      for (const until = now + ms; now < until; now += smoothed)
        window.learn(now, { smoothed, least: 1 }, true);
    };
    pass(100, 200);
    pass(300, 2_000);
    expect(window.bytes).toBe(MIB / 2);
    pass(300, 6_000);
    expect(window.bytes).toBe(4 * MIB);
    pass(10, 1_000);
    pass(300, 2_000);
    expect(window.bytes).toBe(MIB / 2);
  });

  it('stays between 512 KiB and the most that may be unacknowledged', () => {
    const window = createWindow(4 * MIB);
    for (let now = 0; now < 3_000; now += 1_000) window.learn(now, { smoothed: 900, least: 1 }, true);
    expect(window.bytes).toBe(MIB / 2);
    for (let now = 100_000; now < 200_000; now += 1_000) window.learn(now, { smoothed: 1, least: 1 }, true);
    expect(window.bytes).toBe(4 * MIB);
    expect(createWindow(10_000).bytes).toBe(10_000);
  });
});
