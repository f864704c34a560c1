import { describe, expect, it } from 'vitest';
import { createGate } from '../../../../src/ops/net/listening/gate.ts';
import type { OpenTransport } from '../../../../src/ops/net/transport.ts';

const way: OpenTransport = {
  dial: () => Promise.reject(new Error('nobody dials here')),
  lost: new Promise(() => undefined),
  isBreaking: () => Promise.resolve(false),
  evidence: () => 'a way',
  close: () => Promise.resolve(),
};
const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
const isPending = (passing: Promise<unknown>) =>
  Promise.race([passing.then(() => false), sleep(5).then(() => true)]);
const make = () => createGate({ sleep });
const LONG_MS = 60_000;

describe('a gate', () => {
  it('lets nobody through at first, and sends who waits too long away', async () => {
    const gate = make();
    expect(gate.current()).toBeUndefined();
    expect(await gate.pass('api', 5)).toBeUndefined();
  });

  it('lets everybody who waits through when it opens, and who comes later at once', async () => {
    const gate = make();
    const waiting = [gate.pass('api', LONG_MS), gate.pass('api', LONG_MS)];
    expect(await Promise.all(waiting.map(isPending))).toEqual([true, true]);
    gate.open(way);
    expect(await Promise.all(waiting)).toEqual([way, way]);
    expect(await gate.pass('api', 0)).toBe(way);
  });

  it('makes newcomers wait again when it shuts', async () => {
    const gate = make();
    gate.open(way);
    gate.shut();
    const waiting = gate.pass('api', LONG_MS);
    expect(await isPending(waiting)).toBe(true);
    gate.open(way);
    expect(await waiting).toBe(way);
  });

  it('goes on holding those who want to a forward that is not reached', async () => {
    const gate = make();
    const [one, other] = [gate.pass('one', LONG_MS), gate.pass('other', LONG_MS)];
    gate.open(way, new Set(['other']));
    expect(await one).toBe(way);
    expect(await isPending(other)).toBe(true);
    expect([gate.current('one'), gate.current('other'), gate.current()]).toEqual([way, undefined, undefined]);
    gate.open(way);
    expect(await other).toBe(way);
    expect(gate.current()).toBe(way);
  });

  it('tells by its epoch that somebody was held meanwhile', () => {
    const gate = make();
    gate.open(way);
    const before = gate.epoch();
    gate.open(way, new Set(['one']));
    gate.open(way);
    expect(gate.epoch()).not.toBe(before);
  });

  it('sends everybody away for good, now and later', async () => {
    const gate = make();
    const waiting = gate.pass('api', LONG_MS);
    gate.closeForGood();
    expect(await waiting).toBeUndefined();
    expect(await gate.pass('api', LONG_MS)).toBeUndefined();
  });
});
