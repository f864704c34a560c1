import { expect, it } from 'vitest';
import { createLeases } from '../../../src/ops/supervisor/leases.ts';
import { realTime } from '../net/support.ts';

const LONG_MS = 60_000;

/** The leases of one session, and how often it was told to end. */
function prepare({ lent = true, unusedMs = LONG_MS } = {}) {
  const told = { ends: 0 };
  const sleeps: { end(): void }[] = [];
  const sys = {
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        sleeps.push({ end: resolve });
        void realTime.sleep(ms, signal).then(resolve);
      }),
  };
  const leases = createLeases(sys, {
    lent,
    unusedMs,
    end: () => {
      told.ends += 1;
    },
  });
  /** Lets the time run out that a lent session waits for its first borrower. */
  const passTime = async () => {
    for (const { end } of sleeps.splice(0)) end();
    await Promise.resolve();
  };
  return { leases, told, passTime };
}

it('the last lease of a lent session ends it, and none before', () => {
  const { leases, told } = prepare();
  leases.settle();
  const [first, second] = [leases.take(), leases.take()];
  first?.();
  first?.();
  expect(told.ends).toBe(0);
  second?.();
  expect(told.ends).toBe(1);
  expect(leases.isOver()).toBe(true);
  expect(leases.take()).toBeUndefined();
  leases.close();
});

it('a session that is not lent outlives its leases', () => {
  const { leases, told } = prepare({ lent: false });
  leases.settle();
  leases.take()?.();
  expect(told.ends).toBe(0);
  expect(leases.isOver()).toBe(false);
  leases.close();
});

it('a lent session that nobody comes for ends after a while', async () => {
  const { leases, told, passTime } = prepare();
  await passTime();
  expect(told.ends).toBe(0);
  leases.settle();
  await passTime();
  expect(told.ends).toBe(1);
});

it('a lent session that somebody came for is not ended when that while is over', async () => {
  const { leases, told, passTime } = prepare();
  leases.settle();
  const giveBack = leases.take();
  await passTime();
  expect(told.ends).toBe(0);
  giveBack?.();
  expect(told.ends).toBe(1);
});

it('while it is opening no lease ends it: whoever opens it is still there', () => {
  const { leases, told } = prepare();
  leases.take()?.();
  expect(told.ends).toBe(0);
  leases.close();
});

it('one that is kept stays, and one that is ending cannot be kept', () => {
  const kept = prepare();
  kept.leases.settle();
  const giveBack = kept.leases.take();
  expect(kept.leases.keep()).toBe(true);
  expect(kept.leases.isLent()).toBe(false);
  giveBack?.();
  expect(kept.told.ends).toBe(0);
  kept.leases.close();

  const ending = prepare();
  ending.leases.close();
  expect(ending.leases.keep()).toBe(false);
  expect(ending.leases.isLent()).toBe(true);
});
